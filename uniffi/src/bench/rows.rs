//! What the programs in other languages have measured.

use std::fs;

use anyhow::{Context, Result, bail};
use camino::Utf8Path;

use super::report::{Report, Target};
use super::series::Series;

/// The figures by name, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Rows(Vec<Row>);

#[derive(Debug)]
struct Row {
    what: String,
    unit: &'static str,
    measured: Series,
    target: Target,
}

impl Rows {
    /// Takes what a program has written: among its other lines one for each figure.
    /// What is measured again joins what there is.
    pub(super) fn read(&mut self, output: &str) -> Result<()> {
        let mut lines = output.lines().filter_map(|line| line.strip_prefix("row\t"));
        let first = lines.next().context("nothing was measured")?;
        for line in [first].into_iter().chain(lines) {
            self.add(line)
                .with_context(|| format!("in the line {line}"))?;
        }
        Ok(())
    }

    fn add(&mut self, line: &str) -> Result<()> {
        let [what, unit, below, measured] = line.split('\t').collect::<Vec<_>>()[..] else {
            bail!("these are not four fields");
        };
        let known = ["ms", "MiB", ""].into_iter().find(|known| *known == unit);
        let unit = known.context("there is no such unit")?;
        let target = match below {
            "" => Target::None,
            below => Target::Below(below.parse()?),
        };
        let series = self.series(what, unit, target);
        for number in measured.split(' ') {
            series.add(number.parse()?);
        }
        Ok(())
    }

    /// Adds the size of a file.
    pub(super) fn size(&mut self, what: &str, file: &Utf8Path) -> Result<()> {
        let bytes = fs::metadata(file)
            .with_context(|| format!("there is no {file}"))?
            .len();
        self.series(what, "kB", Target::None)
            .add(bytes as f64 / 1e3);
        Ok(())
    }

    fn series(&mut self, what: &str, unit: &'static str, target: Target) -> &mut Series {
        let position = self.0.iter().position(|row| row.what == what);
        let position = position.unwrap_or_else(|| {
            self.0.push(Row {
                what: what.to_owned(),
                unit,
                measured: Series::default(),
                target,
            });
            self.0.len() - 1
        });
        &mut self.0[position].measured
    }

    pub(super) fn report(self, report: &mut Report) {
        for row in self.0 {
            report.row(row.what, row.unit, row.measured, row.target);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_again_joins_what_there_is() -> Result<()> {
        let mut rows = Rows::default();
        rows.read("Building\nrow\tpoll\tms\t0.2\t1 2\nrow\topen\t\t\t7\n")?;
        rows.read("row\tpoll\tms\t0.2\t3\n")?;
        let names: Vec<&str> = rows.0.iter().map(|row| row.what.as_str()).collect();
        assert_eq!(names, ["poll", "open"]);
        assert_eq!(rows.0[0].measured.median(), 2.0);
        let mut report = Report::default();
        rows.report(&mut report);
        assert!(!report.is_met(), "the poll takes longer than 0.2 ms");
        Ok(())
    }

    #[test]
    fn a_program_that_has_measured_nothing_is_an_error() {
        let lines = ["", "Building", "row\tpoll\tms\t0.2", "row\tpoll\tkm\t\t1"];
        for output in lines {
            assert!(Rows::default().read(output).is_err(), "{output}");
        }
    }
}
