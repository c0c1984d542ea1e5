//! Failures on demand: rules that say which requests meet which fault, and how often.

mod meet;
mod read;
mod rule;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use rule::{Action, Body, Rule, Target};

/// The fault plan of a gateway and its PayPay stand-in. It is not kept: a restarted gateway has
/// none. Clones are the same plan.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Whether there is any rule: all that a request looks at when there is none.
    any: AtomicBool,
    plan: Mutex<Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    made: u64,
    rules: Vec<Rule>,
}

impl Faults {
    /// Adds a rule and names it.
    pub(crate) fn add(&self, mut rule: Rule) -> Rule {
        let mut plan = self.plan();
        plan.made += 1;
        rule.id = format!("flt_{}", plan.made);
        plan.rules.push(rule.clone());
        self.shared.any.store(true, Ordering::Release);
        rule
    }

    /// The rules that are still in force, in the order in which they are tried.
    pub(crate) fn list(&self) -> Vec<Rule> {
        self.plan().rules.clone()
    }

    /// Removes a rule; answers whether it was there.
    pub(crate) fn remove(&self, id: &str) -> bool {
        let mut plan = self.plan();
        let before = plan.rules.len();
        plan.rules.retain(|rule| rule.id != id);
        self.shared
            .any
            .store(!plan.rules.is_empty(), Ordering::Release);
        plan.rules.len() < before
    }

    /// Removes every rule.
    pub(crate) fn clear(&self) {
        self.plan().rules.clear();
        self.shared.any.store(false, Ordering::Release);
    }

    /// The fault that this request meets. A rule that has been met often enough is gone.
    fn met(&self, target: Target, method: &str, path: &str) -> Option<(String, Action)> {
        if !self.shared.any.load(Ordering::Acquire) {
            return None;
        }
        let mut plan = self.plan();
        let found = plan
            .rules
            .iter_mut()
            .find(|rule| rule.matches(target, method, path))?;
        let met = (found.id.clone(), found.action);
        match found.remaining {
            Some(1) => {
                plan.rules.retain(|rule| rule.id != met.0);
                self.shared
                    .any
                    .store(!plan.rules.is_empty(), Ordering::Release);
            }
            Some(more) => found.remaining = Some(more - 1),
            None => {}
        }
        Some(met)
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.shared
            .plan
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
