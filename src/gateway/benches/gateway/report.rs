//! The figures, each beside its target.

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;

use super::series::Series;

/// What a median has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    AtLeast(f64),
    Below(f64),
    /// None: it is told, to explain the others.
    None,
}

impl Target {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::Below(limit) => value < limit,
            Self::None => true,
        }
    }
}

#[derive(Debug)]
struct Row {
    what: String,
    unit: &'static str,
    measured: Series,
    target: Target,
}

/// Prints what was measured. With `check`, a target that is missed is a failure too.
pub(crate) fn finish(measured: Result<Report>, check: bool) -> ExitCode {
    match measured {
        Ok(report) => {
            print!("{report}");
            ExitCode::from(u8::from(check && !report.is_met()))
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A table of figures and what has to be known to read them.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Report {
    pub(crate) fn row(
        &mut self,
        what: impl Into<String>,
        unit: &'static str,
        measured: Series,
        target: Target,
    ) {
        self.rows.push(Row {
            what: what.into(),
            unit,
            measured,
            target,
        });
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Whether every median meets its target.
    pub(crate) fn is_met(&self) -> bool {
        let is_met = |row: &Row| row.target.is_met(row.measured.median());
        self.rows.iter().all(is_met)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<56} {:>8}  {:>17}  {:>9}",
            "", "median", "range", "target"
        )?;
        for row in &self.rows {
            let median = row.measured.median();
            let target = match row.target {
                Target::AtLeast(target) => format!("≥ {}", number(target)),
                Target::Below(target) => format!("< {}", number(target)),
                Target::None => String::new(),
            };
            let range = format!(
                "{} – {}",
                number(row.measured.least()),
                number(row.measured.greatest())
            );
            let met = match row.target.is_met(median) {
                true => "",
                false => "  MISSED",
            };
            writeln!(
                f,
                "{:<56} {:>8} {:<5} {range:>17}  {target:>9}{met}",
                row.what,
                number(median),
                row.unit,
            )?;
        }
        writeln!(f)?;
        for note in &self.notes {
            writeln!(f, "* {note}")?;
        }
        Ok(())
    }
}

/// Three significant digits or more, thousands set apart.
fn number(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.2}");
    }
    if value < 1_000.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let (thousands, rest) = digits.split_at(digits.len() - 3);
    format!("{thousands},{rest}")
}
