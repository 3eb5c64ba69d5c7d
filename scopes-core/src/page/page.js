
(() => {
  const report = JSON.parse(document.getElementById("report").textContent);
  const KINDS = ["tool", "prompt", "resource", "method", "function"];
  const ROWS = 500, COLUMNS = 120;
  const byId = (id) => document.getElementById(id);
  const make = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  const number = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

  const textOf = (requires) =>
    requires === PUBLIC ? "public" : requires === AUTHENTICATED ? "authenticated" : requires.text;

  // A column for each scope that is of use to any operation.
  const casesOf = (requires) => (typeof requires === "object" ? requires.cases : []);
  const useful = new Set(report.requirements.flatMap((requires) =>
    casesOf(requires).flatMap((one) => [...one.alone, ...one.part])));
  const columns = report.scopes.map((_, place) => place).filter((place) => useful.has(place)).slice(0, COLUMNS);
  const severalServers = report.servers.length > 1;

  const option = (select, value, text) => {
    const element = make("option", text);
    element.value = value;
    select.append(element);
  };
  const fill = (select, all, entries) => {
    option(select, "", all);
    for (const [value, text] of entries) option(select, value, text);
    select.parentElement.hidden = entries.length < 2;
  };
  const kinds = KINDS.filter((_, kind) => report.operations.some((operation) => operation[1] === kind));
  fill(byId("server"), "Every server", report.servers.map((name, place) => [place, name || "unnamed server"]));
  fill(byId("kind"), "Every kind", kinds.map((kind) => [KINDS.indexOf(kind), kind]));
  fill(byId("scope"), "Every scope", columns.map((place) => [place, report.scopes[place].label]));
  report.scopes.forEach((scope, place) => {
    const box = make("input");
    box.type = "checkbox";
    box.value = place;
    const label = make("label");
    label.append(box, " ", make("code", scope.label));
    const about = [...scope.marks, scope.description].filter(Boolean).join(": ");
    if (about) label.append(" ", make("small", about));
    const item = make("li");
    item.append(label);
    byId("held").append(item);
  });

  const head = (text, className) => {
    const cell = make("th", undefined, className);
    cell.scope = "col";
    cell.append(make("span", text));
    return cell;
  };
  const heads = [head("Operation"), head("Kind"), head("Requires")];
  if (severalServers) heads.splice(1, 0, head("Server"));
  const answerHead = head("Decision");
  heads.push(answerHead, ...columns.map((place) => head(report.scopes[place].label, "scope columns")));
  byId("heads").replaceChildren(...heads);
  byId("legend").hidden = columns.length === 0;

  // The cells of the scopes are the same for every operation that requires the same. What is enough
  // for some values of an argument alone is marked as a part.
  const cells = new Map();
  const scopeCells = (place) => {
    if (!cells.has(place)) {
      const cases = casesOf(report.requirements[place]);
      const fragment = document.createDocumentFragment();
      for (const column of columns) {
        const alone = cases.length > 0 && cases.every((one) => one.alone.includes(column));
        const part = cases.some((one) => one.alone.includes(column) || one.part.includes(column));
        const mark = alone ? "alone" : part ? "part" : "";
        const cell = make("td", undefined, `columns ${mark}`);
        const some = cases.length > 1 ? "enough for some arguments" : "enough with others";
        if (mark) cell.append(make("span", mark === "alone" ? "enough alone" : some, "unseen"));
        fragment.append(cell);
      }
      cells.set(place, fragment);
    }
    return cells.get(place).cloneNode(true);
  };
  const rows = new Map();
  const row = (place) => {
    if (!rows.has(place)) {
      const [server, kind, name, requirement, description] = report.operations[place];
      const requires = report.requirements[requirement];
      const element = make("tr");
      const title = make("th");
      title.scope = "row";
      title.append(make("code", name));
      if (description) title.append(make("small", description));
      const named = (name, text, className) => {
        const cell = make("td", text, className);
        cell.dataset.name = name;
        return cell;
      };
      const required = named("Requires", undefined, "requires");
      const text = make(typeof requires === "object" ? "code" : "span", textOf(requires));
      if (requires === PUBLIC) text.className = "public";
      required.append(text);
      const cases = casesOf(requires).filter((one) => one.when);
      if (cases.length > 0) {
        const list = make("ul");
        for (const one of cases) {
          const item = make("li");
          item.append(make("code", one.when), ": ", make("code", one.text));
          list.append(item);
        }
        required.append(list);
      }
      const answer = named("Decision");
      element.append(title, named("Kind", KINDS[kind]), required, answer, scopeCells(requirement));
      if (severalServers) title.after(named("Server", report.servers[server] || "unnamed"));
      rows.set(place, { element, answer });
    }
    return rows.get(place);
  };

  const folded = report.operations.map(([, , name, requirement, description]) =>
    `${name} ${textOf(report.requirements[requirement])} ${description ?? ""}`.toLowerCase());
  let limit = ROWS;

  const boxes = [...byId("held").querySelectorAll("input")];
  const chosenCaller = () => document.querySelector("input[name=caller]:checked").value;
  const chosenScopes = () => boxes.filter((box) => box.checked).map((box) => Number(box.value));

  /** The scopes that are held: `undefined` for every operation, `null` without a token. */
  const caller = () => {
    const chosen = chosenCaller();
    if (chosen === "nobody") return undefined;
    return chosen === "anonymous" ? null : held(report, chosenScopes());
  };

  /** The fragment for the choice: `#anonymous`, or `#scopes=` and labels with `+` between them. */
  const fragment = () => {
    const chosen = chosenCaller();
    if (chosen !== "token") return chosen === "anonymous" ? "#anonymous" : "";
    // Both are allowed in a fragment, and in most names.
    const spelled = (label) => encodeURIComponent(label).replaceAll("%3A", ":").replaceAll("%2F", "/");
    return `#scopes=${chosenScopes().map((place) => spelled(report.scopes[place].label)).join("+")}`;
  };

  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return undefined;
    }
  };

  /** Chooses what the fragment says. A link may be older than the program: unknown scopes are ignored. */
  const choose = () => {
    const [word, names] = location.hash.slice(1).split("=", 2);
    const chosen = word === "scopes" ? "token" : word === "anonymous" ? word : "nobody";
    document.querySelector(`input[name=caller][value=${chosen}]`).checked = true;
    const labels = new Set(chosen === "token" ? (names ?? "").split("+").map(decoded) : []);
    for (const box of boxes) box.checked = labels.has(report.scopes[box.value].label);
  };

  /** Each choice is an entry of the history, so that "back" undoes it. */
  const keep = () => {
    const wanted = fragment();
    if (wanted === location.hash) return;
    try {
      history.pushState(null, "", wanted || location.pathname + location.search);
    } catch {
      // In a frame without an origin, the address cannot be changed; the choice holds all the same.
    }
  };

  const show = () => {
    const [server, kind, scope] = ["server", "kind", "scope"].map((id) => byId(id).value);
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const holds = caller();
    const also = byId("also").checked;
    const admitted = report.requirements.map((requires) => holds === undefined || admits(requires, holds));
    const uses = report.requirements.map((requires) => scope === "" || casesOf(requires)
      .some((one) => one.alone.includes(Number(scope)) || one.part.includes(Number(scope))));
    let allowed = 0;
    const found = [];
    report.operations.forEach((operation, place) => {
      const matches = (server === "" || operation[0] === Number(server))
        && (kind === "" || operation[1] === Number(kind)) && uses[operation[3]]
        && words.every((word) => folded[place].includes(word));
      if (!matches) return;
      if (admitted[operation[3]]) allowed += 1;
      if (admitted[operation[3]] || also) found.push(place);
    });
    const shown = found.slice(0, limit).map((place) => {
      const { element, answer } = row(place);
      if (holds !== undefined) {
        const requires = report.requirements[report.operations[place][3]];
        const cases = casesOf(requires);
        const allowed = cases.length > 1 ? admittedCases(requires, holds) : cases;
        if (admits(requires, holds)) {
          const values = allowed.map((one) => one.when).join("; ");
          const what = allowed.length < cases.length ? `allowed if ${values}` : "allowed";
          answer.replaceChildren(make("span", what, "yes"));
        } else {
          const alternatives = cases.flatMap((one) => one.alternatives);
          const lacks = cases.length > 0 ? lacking(report, alternatives, holds) : [];
          const what = lacks === null ? "; no scope gives access"
            : lacks.length ? `; lacks ${lacks.map((one) => report.scopes[one].label).join(" ")}` : "; requires a token";
          answer.replaceChildren(make("span", `denied${what}`, "no"));
        }
      }
      answer.hidden = holds === undefined;
      return element;
    });
    answerHead.hidden = holds === undefined;
    byId("rows").replaceChildren(...shown);
    const who = holds === undefined ? "" : holds === null ? "Without a token: " : "With these scopes: ";
    const what = holds === undefined ? number(found.length, "operation")
      : `${allowed.toLocaleString("en")} of ${number(report.operations.length, "operation")}`;
    const rest = found.length - shown.length;
    byId("count").textContent = `${who}${what}${rest ? `, the first ${shown.length} are shown` : ""}`;
    byId("more").hidden = rest === 0;
    byId("more").textContent = `Show ${Math.min(rest, ROWS).toLocaleString("en")} more`;
    byId("chosen").hidden = chosenCaller() !== "token";
    byId("others").hidden = holds === undefined;
  };

  let waiting = 0;
  const anew = (milliseconds) => {
    limit = ROWS;
    clearTimeout(waiting);
    if (milliseconds) waiting = setTimeout(show, milliseconds);
    else show();
  };
  const form = byId("questions");
  const changed = () => {
    keep();
    anew(0);
  };
  // One more key is likely to follow.
  form.addEventListener("input", (event) => event.target.id === "search" ? anew(40) : changed());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    anew(0);
  });
  // The fields are reset only after this event.
  form.addEventListener("reset", () => setTimeout(changed));
  window.addEventListener("popstate", () => {
    choose();
    anew(0);
  });
  byId("more").addEventListener("click", () => {
    const first = byId("rows").childElementCount;
    limit += ROWS;
    show();
    byId("rows").children[first]?.querySelector("th")?.scrollIntoView({ block: "nearest" });
  });
  form.hidden = false;
  choose();
  show();
})();
