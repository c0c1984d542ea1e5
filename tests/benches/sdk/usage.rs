//! What this process takes of the machine, as Linux tells it.

use std::fs;

use anyhow::{Context, Result};
use rustix::time::{ClockId, clock_gettime};

/// What this process takes at a moment, or has taken until then.
pub(crate) struct Usage {
    pub(crate) memory_mib: f64,
    pub(crate) threads: f64,
    pub(crate) cpu_milliseconds: f64,
    /// How often a thread has slept, and so been woken.
    pub(crate) wake_ups: f64,
}

impl Usage {
    pub(crate) fn now() -> Result<Self> {
        let status = fs::read_to_string("/proc/self/status")
            .context("memory and threads are read from /proc, on Linux")?;
        let mut wake_ups = 0.0;
        for thread in fs::read_dir("/proc/self/task")? {
            // It may have ended meanwhile.
            if let Ok(status) = fs::read_to_string(thread?.path().join("status")) {
                wake_ups += field(&status, "voluntary_ctxt_switches:")?;
            }
        }
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        Ok(Self {
            memory_mib: field(&status, "VmRSS:")? / 1024.0,
            threads: field(&status, "Threads:")?,
            cpu_milliseconds: std::time::Duration::try_from(cpu)?.as_secs_f64() * 1e3,
            wake_ups,
        })
    }
}

fn field(status: &str, name: &str) -> Result<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number
        .with_context(|| format!("/proc has no {name}"))?
        .parse()?)
}
