//! Breadth first, so that the way to a violation is the shortest.

use std::collections::{HashSet, VecDeque};
use std::fmt;

use super::actions::{Fault, Move, NEXT_DAY, Step};
use super::invariants::{Rule, Rules};
use super::world::{GRACE, LIFETIME, Setup, World};

/// What a search has found.
pub(super) struct Found {
    pub(super) setup: Setup,
    pub(super) states: usize,
    pub(super) moves: u64,
    pub(super) depth: u32,
    /// The shortest way to each rule that was broken.
    pub(super) violations: Vec<(Rule, Vec<Move>)>,
}

/// How a state was reached first.
#[derive(Clone, Copy)]
struct Link {
    parent: u32,
    last: Move,
}

/// Visits every state.
pub(super) fn search(setup: Setup) -> Found {
    let mut seen = HashSet::new();
    let mut links: Vec<Link> = Vec::new();
    let mut queue = VecDeque::new();
    let start = Box::new(World::new(setup));
    seen.insert(start.fingerprint());
    let mut found = Found {
        setup,
        states: 1,
        moves: 0,
        depth: 0,
        violations: Vec::new(),
    };
    queue.push_back((u32::MAX, 0_u32, start));
    let mut successors = Vec::new();
    while let Some((at, depth, world)) = queue.pop_front() {
        found.depth = depth;
        world.successors(&mut successors);
        for (last, mut next) in successors.drain(..) {
            found.moves += 1;
            let is_new = seen.insert(next.fingerprint());
            if is_new && next.is_quiet() {
                next.play_out();
            }
            let link = Link { parent: at, last };
            if !next.broken.is_empty() {
                for rule in Rule::ALL.into_iter().filter(|rule| next.broken.has(*rule)) {
                    if found.violations.iter().all(|(known, _)| *known != rule) {
                        found.violations.push((rule, path(&links, link)));
                    }
                }
                next.broken = Rules::default();
            }
            if is_new {
                let id = u32::try_from(links.len()).unwrap();
                links.push(link);
                queue.push_back((id, depth + 1, next));
            }
        }
    }
    found.states = seen.len();
    found
}

fn path(links: &[Link], last: Link) -> Vec<Move> {
    let mut path = vec![last.last];
    let mut at = last.parent;
    while at != u32::MAX {
        let link = links[at as usize];
        path.push(link.last);
        at = link.parent;
    }
    path.reverse();
    path
}

/// Prints a way, with what it comes to after each move.
pub(super) fn narrate(setup: Setup, path: &[Move]) {
    let mut world = Box::new(World::new(setup));
    for step in path {
        let mut successors = Vec::new();
        world.successors(&mut successors);
        let next = successors.into_iter().find(|(last, _)| last == step);
        let Some((_, next)) = next else { return };
        world = next;
        let mishaps: Vec<_> = step.mishaps.iter().flatten().collect();
        println!("  {:?} {mishaps:?}", step.step);
        let record = world.process.as_ref().map(|process| process.flow.record());
        println!(
            "      {} s, gateway {:?} {:?}, card {} charged; {:?}, unresolved {:?}, told {:?}",
            world.seconds,
            world.gateway.status,
            world.gateway.ledger,
            world.card.charges,
            record.map(|record| &record.stage),
            record.and_then(|record| record.unresolved),
            world.told.as_ref().map(|told| told.name()),
        );
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let setup = &self.setup;
        write!(
            f,
            "{}, {:?}, {} faults",
            setup.method, setup.extra, setup.faults
        )?;
        if !setup.has_dates {
            write!(f, ", no Date")?;
        }
        if setup.names_the_card {
            write!(f, ", card named")?;
        }
        write!(
            f,
            ": {} states, {} moves, depth {}",
            self.states, self.moves, self.depth
        )
    }
}

impl World {
    /// Whether the last landmark is passed, and nothing is under way.
    fn is_quiet(&self) -> bool {
        let is_idle = |world: &Self| {
            let process = world.process.as_ref();
            process.is_none_or(|process| process.request.is_none() && !process.delivery)
        };
        let is_gone = self.disk.is_none() && self.process.is_none();
        is_gone || (self.seconds >= NEXT_DAY && is_idle(self))
    }

    /// Goes on without any fault, for as long as anything happens by itself, and checks the end.
    fn play_out(&mut self) {
        let mut world = self.clone();
        world.go_on();
        // Longer than any deadline that is not known from the gateway.
        world.seconds += LIFETIME + GRACE + LIFETIME;
        world.go_on();
        world.check_end();
        self.broken.merge(world.broken);
    }

    fn go_on(&mut self) {
        let world = self;
        for _ in 0..ROUNDS {
            let Some(step) = world.next_without_fault() else {
                break;
            };
            let mut todo: VecDeque<_> = world.take(step).into();
            while let Some(effect) = todo.pop_front() {
                todo = world.carry_out(effect, todo);
            }
            world.check_state();
            world.tidy();
        }
    }

    fn next_without_fault(&self) -> Option<Step> {
        let Some(process) = &self.process else {
            return self.disk.is_some().then_some(Step::Boot);
        };
        let hands_in = !self.card.is_taken && !process.disk_full;
        match (&process.request, self.card.answer) {
            (Some(_), _) => Some(Step::Exchange(Fault::None, None)),
            (None, _) if process.delivery => Some(Step::Accept),
            (None, Some(answer)) if hands_in => Some(Step::HandIn(answer)),
            (None, _) => self.is_due().then_some(Step::Wake),
        }
    }
}

/// Enough for everything to come to its end.
const ROUNDS: usize = 24;
