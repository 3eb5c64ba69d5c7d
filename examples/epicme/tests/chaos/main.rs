//! Three instances of `EpicMe` behind nginx, with a Redis, under load while parts of them fail.
//!
//! `cargo test -p epicme --test chaos` lets each part fail for two seconds;
//! `cargo test -p epicme --test chaos -- --seconds 15` for longer than revocations can be out of date.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod forward;
mod load;
mod methods;
mod network;
mod site;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use load::{Load, Observed};
use site::Site;

/// The time from the end of a fault by which everything works again.
const RECOVERY: Duration = Duration::from_secs(10);

/// A part that fails, and comes back.
struct Fault {
    name: &'static str,
    begin: fn(&mut Site),
    end: fn(&mut Site),
}

const FAULTS: [Fault; 4] = [
    Fault {
        name: "an instance is killed, and started again",
        begin: |site| site.kill_instance(1),
        end: |site| site.start_instance(1),
    },
    Fault {
        name: "Redis stops, and goes on",
        begin: |site| site.signal_redis("STOP"),
        end: |site| site.signal_redis("CONT"),
    },
    Fault {
        name: "Redis is killed, and started empty",
        begin: Site::kill_redis,
        end: Site::start_redis,
    },
    Fault {
        name: "an instance is cut off from Redis",
        begin: |site| site.set_cut_off(true),
        end: |site| site.set_cut_off(false),
    },
];

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, listen, to] = &arguments[..]
        && word == "forward"
    {
        return forward::forward(listen, to).await;
    }
    if arguments.iter().any(|word| word == "--list") || !site::is_installed() {
        return ExitCode::SUCCESS;
    }
    let seconds = arguments.iter().skip_while(|word| *word != "--seconds");
    let seconds = seconds.skip(1).map(|seconds| seconds.parse()).next();
    let lasting = Duration::from_secs(seconds.map_or(2, |seconds| seconds.expect("a number")));

    let mut site = Site::start();
    methods::on_every_instance(&site).await;
    let load = Load::start(&site).await;
    println!(
        "\n{lasting:?} each, under load                  requests    503    502  wrong  recovery"
    );
    let mut problems = Vec::new();
    for fault in FAULTS {
        if fault.name.contains("cut off") && !site.has_network() {
            println!(
                "{:<42}  passed over: network namespaces need root",
                fault.name
            );
            continue;
        }
        load.take();
        load.expect_fault();
        (fault.begin)(&mut site);
        tokio::time::sleep(lasting).await;
        (fault.end)(&mut site);
        let ended = Instant::now();
        let recovery = load.recovery(ended, RECOVERY).await;
        let observed = load.take();
        report(fault.name, &observed, recovery);
        problems.extend(problems_of(fault.name, &observed, recovery));
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    if !problems.is_empty() {
        site.print_logs();
    }
    ExitCode::from(u8::from(!problems.is_empty()))
}

fn report(name: &str, observed: &Observed, recovery: Option<Duration>) {
    let recovery = recovery.map_or("none".to_owned(), |time| {
        format!("{:.1} s", time.as_secs_f64())
    });
    println!(
        "{name:<42}  {:>8} {:>6} {:>6} {:>6}  {recovery:>8}",
        observed.requests,
        observed.unavailable,
        observed.bad_gateway,
        observed.wrong.len(),
    );
}

fn problems_of(name: &str, observed: &Observed, recovery: Option<Duration>) -> Vec<String> {
    let mut problems = observed.wrong.clone();
    // nginx sends no POST twice: those that the killed instance had begun are lost.
    if observed.bad_gateway > 0 && !name.contains("killed, and started again") {
        problems.push(format!("{} times 502", observed.bad_gateway));
    }
    if observed.allowed == 0 {
        problems.push("nothing was allowed".to_owned());
    }
    for caller in load::MUST_BE_DENIED {
        if !observed.denied.contains_key(caller) {
            problems.push(format!("never denied: {caller}"));
        }
    }
    if recovery.is_none() {
        problems.push(format!("no recovery in {RECOVERY:?}"));
    }
    problems
        .iter()
        .map(|problem| format!("{name}: {problem}"))
        .collect()
}
