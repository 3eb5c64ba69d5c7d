//! Interleaved measurements: every round runs every case, so that whatever else the machine does
//! slows all of them alike. What counts is the ratio to the first case, the limit.

use std::fmt;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: usize = 31;
/// The shortest time that one case runs in one round.
const ROUND: Duration = Duration::from_millis(2);

/// Returns whether to measure: under `cargo bench`, but not when a test run tries whether the
/// benchmark works.
#[must_use]
pub fn is_measuring() -> bool {
    let is_given = |wanted| std::env::args().any(|argument| argument == wanted);
    is_given("--bench") && !is_given("--test")
}

/// Cases that do the same, measured together.
#[must_use = "nothing is measured before `print`"]
pub struct Comparison<'a> {
    title: String,
    cases: Vec<Case<'a>>,
}

struct Case<'a> {
    name: String,
    target: Option<f64>,
    run: Box<dyn FnMut(u32) -> Duration + 'a>,
    iterations: u32,
    nanoseconds: Vec<f64>,
}

impl<'a> Comparison<'a> {
    /// No case yet.
    pub fn new(title: impl Into<String>) -> Self {
        let (title, cases) = (title.into(), Vec::new());
        Self { title, cases }
    }

    /// Adds a case without a target. The first case is the limit.
    pub fn case<R: 'a>(self, name: impl Into<String>, work: impl FnMut() -> R + 'a) -> Self {
        self.add(name.into(), None, work)
    }

    /// Adds a case that may take `target` times as long as the limit.
    pub fn within<R: 'a>(
        self,
        target: f64,
        name: impl Into<String>,
        work: impl FnMut() -> R + 'a,
    ) -> Self {
        self.add(name.into(), Some(target), work)
    }

    fn add<R: 'a>(
        mut self,
        name: String,
        target: Option<f64>,
        work: impl FnMut() -> R + 'a,
    ) -> Self {
        self.cases.push(Case {
            name,
            target,
            run: Box::new(repeated(work)),
            iterations: 1,
            nanoseconds: Vec::new(),
        });
        self
    }

    /// Measures, prints the table, and returns the median nanoseconds of every case.
    pub fn print(mut self) -> Vec<f64> {
        let rounds = if is_measuring() {
            self.cases.iter_mut().for_each(Case::calibrate);
            ROUNDS
        } else {
            1
        };
        for _ in 0..rounds {
            self.cases.iter_mut().for_each(Case::round);
        }
        let medians: Vec<f64> = self.cases.iter_mut().map(Case::median).collect();
        println!("\n{}", self.title);
        for (case, median) in self.cases.iter().zip(&medians) {
            let ratio = median / medians[0];
            print!("  {:<44}{median:>12.1} ns{ratio:>8.2}x", case.name);
            match case.target {
                Some(target) => println!("   target {target}x: {}", verdict(ratio, target)),
                None => println!(),
            }
        }
        medians
    }
}

/// Prints how much work one thread gets done, and how much two do. `work` makes the work of the
/// thread with this number.
pub fn print_throughput<W: FnMut() + Send>(title: &str, work: impl Fn(usize) -> W) {
    let rounds: u32 = if is_measuring() { 1_000_000 } else { 100 };
    let in_a_second = |threads: usize| {
        let start = Instant::now();
        thread::scope(|scope| {
            for number in 0..threads {
                let mut work = work(number);
                scope.spawn(move || (0..rounds).for_each(|_| work()));
            }
        });
        f64::from(rounds) / start.elapsed().as_secs_f64()
    };
    println!("\n{title}, millions in a second");
    // The first one is for the processor to wake up.
    let _ = in_a_second(1);
    let (one, each_of_two) = (in_a_second(1), in_a_second(2));
    println!("  {:<44}{:>15.2}{:>8.2}x", "one thread", one / 1e6, 1.0);
    let two = 2.0 * each_of_two;
    println!(
        "  {:<44}{:>15.2}{:>8.2}x",
        "two threads",
        two / 1e6,
        two / one
    );
}

/// Returns in a word whether `measured` is within `target`.
#[must_use]
pub fn verdict(measured: f64, target: f64) -> &'static str {
    match (is_measuring(), measured <= target) {
        (false, _) => "not measured",
        (true, true) => "met",
        (true, false) => "missed",
    }
}

fn repeated<R>(mut work: impl FnMut() -> R) -> impl FnMut(u32) -> Duration {
    move |iterations| {
        let start = Instant::now();
        for _ in 0..iterations {
            black_box(work());
        }
        start.elapsed()
    }
}

impl Case<'_> {
    /// Finds how many iterations fill a round.
    fn calibrate(&mut self) {
        while (self.run)(self.iterations) < ROUND {
            self.iterations *= 2;
        }
    }

    fn round(&mut self) {
        let elapsed = (self.run)(self.iterations);
        self.nanoseconds
            .push(elapsed.as_secs_f64() * 1e9 / f64::from(self.iterations));
    }

    fn median(&mut self) -> f64 {
        self.nanoseconds.sort_unstable_by(f64::total_cmp);
        self.nanoseconds[self.nanoseconds.len() / 2]
    }
}

impl fmt::Debug for Comparison<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cases: Vec<_> = self.cases.iter().map(|case| &case.name).collect();
        formatter
            .debug_struct("Comparison")
            .field("title", &self.title)
            .field("cases", &cases)
            .finish_non_exhaustive()
    }
}
