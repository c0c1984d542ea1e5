use std::fs;
use std::path::PathBuf;

use super::TARGETS;

/// Mutations per target: a few seconds in a debug build.
const MUTATIONS: usize = 20_000;

struct Seed {
    name: String,
    bytes: Vec<u8>,
}

fn seeds(target: &str) -> Vec<Seed> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut seeds: Vec<Seed> = fs::read_dir(root.join("../../tests/fuzz/seeds").join(target))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            Seed {
                name: path.file_name().unwrap().to_str().unwrap().to_owned(),
                bytes: fs::read(path).unwrap(),
            }
        })
        .collect();
    seeds.sort_by(|one, other| one.name.cmp(&other.name));
    seeds
}

#[test]
fn the_seeds_of_every_target_are_read_as_their_names_say() {
    for (target, run) in TARGETS {
        let seeds = seeds(target);
        let mut accepted = 0;
        for seed in &seeds {
            let expected = !seed.name.starts_with("refused-");
            assert_eq!(run(&seed.bytes), expected, "{target}/{}", seed.name);
            accepted += usize::from(expected);
        }
        println!("{target}: {} seeds, {accepted} accepted", seeds.len());
        assert!(accepted >= 2 && seeds.len() - accepted >= 2, "{target}");
    }
}

#[test]
fn altered_seeds_break_no_target() {
    for (target, run) in TARGETS {
        let seeds = seeds(target);
        let mut random = fastrand::Rng::with_seed(20_261_122);
        let mut accepted = 0;
        for _ in 0..MUTATIONS {
            let mut bytes = random.choice(&seeds).unwrap().bytes.clone();
            for _ in 0..random.usize(1..=3) {
                alter(&mut bytes, &seeds, &mut random);
            }
            accepted += usize::from(run(&bytes));
        }
        println!("{target}: {MUTATIONS} altered seeds, {accepted} accepted");
        assert!(
            accepted > 0,
            "{target}: no altered seed gets past the first check"
        );
    }
}

/// One step away from a valid input.
fn alter(bytes: &mut Vec<u8>, seeds: &[Seed], random: &mut fastrand::Rng) {
    const TEXTS: [&str; 21] = [
        "",
        "null",
        "\"\"",
        "[]",
        "{}",
        "0",
        "-1",
        "1",
        "2",
        "1e9",
        "99999999999",
        "true",
        "9223372036854775808",
        "2500.0",
        "2.5e3",
        "1e400",
        "\\ud800",
        "\u{feff}",
        "\\u0000",
        "\u{3042}",
        "\n\n",
    ];
    let start = random.usize(0..=bytes.len());
    let end = random.usize(start..=bytes.len().min(start + 24));
    let by: Vec<u8> = match random.u8(0..6) {
        0 => vec![random.u8(..)],
        1 => random.choice(TEXTS).unwrap().as_bytes().to_vec(),
        2 => bytes[start..end].repeat(2),
        3 => bytes[start..end].iter().map(|byte| byte ^ 1).collect(),
        4 => {
            let other = &random.choice(seeds).unwrap().bytes;
            let from = random.usize(0..=other.len());
            other[from..other.len().min(from + 24)].to_vec()
        }
        _ => {
            bytes.truncate(start);
            return;
        }
    };
    bytes.splice(start..end, by);
}
