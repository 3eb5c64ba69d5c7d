"use strict";

// The decision, once more, for the browser: the tests hold it against `authorize`.

const PUBLIC = 0, AUTHENTICATED = 1;

/** Which scopes a token with these has, implications followed to the end. */
function held(report, granted) {
  const names = new Set(granted.map((place) => report.scopes[place].name));
  const held = new Set();
  report.scopes.forEach((scope, place) => {
    if (names.has(scope.name)) {
      held.add(place);
      scope.implied.forEach((implied) => held.add(implied));
    }
  });
  return held;
}

/** The cases for which the requirement admits a caller; one without a token holds `null`. */
function admittedCases(requires, held) {
  if (held === null) return [];
  return requires.cases.filter((one) => satisfied(one.needs, held));
}

/** Whether it admits a caller, for some values of the arguments. */
function admits(requires, held) {
  if (requires === PUBLIC) return true;
  if (held === null) return false;
  return requires === AUTHENTICATED || admittedCases(requires, held).length > 0;
}

function satisfied(needs, held) {
  if (typeof needs === "number") return held.has(needs);
  const [word, ...members] = needs;
  if (word === "any") return members.some((member) => satisfied(member, held));
  return members.length > 0 && members.every((member) => satisfied(member, held));
}

/** Of the alternatives, the one that lacks least: what it lacks. Hidden scopes only if all take one. */
function lacking(report, alternatives, held) {
  const isHidden = (place) => report.scopes[place].marks.includes("hidden");
  const open = alternatives.filter((set) => !set.some(isHidden));
  const missing = (open.length ? open : alternatives).map((set) => set.filter((place) => !held?.has(place)));
  return missing.sort((one, other) => one.length - other.length)[0] ?? null;
}
