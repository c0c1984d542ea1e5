//! What the figures were measured on.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;

use super::series::Series;

/// Seconds until the disk says that it has a few new pages, which is what a commit waits for.
pub(crate) fn disk_sync(folder: &Path) -> Result<Series> {
    let mut file = fs::File::create(folder.join("sync"))?;
    let mut series = Series::default();
    for _ in 0..200 {
        file.write_all(&[0x5a; 4 * 4096])?;
        let start = Instant::now();
        file.sync_data()?;
        series.add(start.elapsed().as_secs_f64());
    }
    Ok(series)
}

/// Processes that wanted to run in the last minute, on average.
pub(crate) fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ')
        .next()
        .filter(|first| !first.is_empty())
        .map_or("unknown".to_owned(), str::to_owned)
}

pub(crate) fn description() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.and_then(|line| line.split_once(": "));
    match model {
        Some((_, model)) => format!("{cores} cores ({model})"),
        None => format!("{cores} cores"),
    }
}
