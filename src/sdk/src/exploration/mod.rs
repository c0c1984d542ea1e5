//! Every path of the flow, not only random ones.

mod actions;
mod fingerprint;
mod invariants;
mod search;
mod world;

use self::world::{Extra, Setup};

#[test]
fn every_path_keeps_the_promises() {
    let faults = std::env::var("MPAC_EXPLORATION_FAULTS").map_or(2, |text| text.parse().unwrap());
    let only = std::env::var("MPAC_EXPLORATION_METHOD").ok();
    for method in ["cash", "qr_cpm", "credit_card", "qr_mpm"] {
        if only.as_ref().is_some_and(|only| only != method) {
            continue;
        }
        let began = std::time::Instant::now();
        let found = search::search(Setup {
            method,
            extra: match std::env::var("X").as_deref() {
                Ok("n") => Extra::Nothing,
                Ok("s") => Extra::Switch,
                Ok("o") => Extra::OtherCode,
                Ok("c") => Extra::CodeExpires,
                _ => Extra::All,
            },
            has_dates: true,
            skew: 86_400,
            names_the_card: false,
            faults,
        });
        println!(
            "{:?}: {} states, {} moves, depth {}, in {:?}",
            found.setup,
            found.states,
            found.moves,
            found.depth,
            began.elapsed()
        );
        for (rule, path) in found.violations {
            println!("  {rule:?}:");
            for step in path {
                println!(
                    "    {:?} {:?}",
                    step.step,
                    step.mishaps.iter().flatten().collect::<Vec<_>>()
                );
            }
        }
    }
}
