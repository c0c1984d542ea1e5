//! A stand-in for MPACCreditCard: an app of its own, with its own books.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use mpac_pgw_sdk::{CardRequest, CardResult};

use crate::approve;

/// Charges every card it is asked to, once.
///
/// Like a real card app it writes down what it does, by attempt id, and can be asked: after a
/// crash the till shows it the same request again, and gets the result of the first time.
#[derive(Debug)]
pub struct CardApp {
    books: PathBuf,
}

/// Something the card app has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardStep {
    /// It has the request.
    Launched,
    /// The customer has been charged.
    Charged,
}

impl CardStep {
    fn word(self) -> &'static str {
        match self {
            Self::Launched => "launched",
            Self::Charged => "charged",
        }
    }
}

impl CardApp {
    /// Opens the books in a file.
    #[must_use]
    pub fn new(books: &Path) -> Self {
        Self {
            books: books.to_owned(),
        }
    }

    /// Shows a request to the card app: a new one is charged, one that it knows is answered from
    /// its books, one that it was killed over is taken up again. `after` is called when a step
    /// has been written down.
    ///
    /// # Errors
    /// When the books cannot be read or written.
    pub fn show(
        &self,
        request: &CardRequest,
        mut after: impl FnMut(CardStep),
    ) -> io::Result<CardResult> {
        for step in [CardStep::Launched, CardStep::Charged] {
            let line = format!("{} {}", request.attempt_id, step.word());
            if !self.lines()?.contains(&line) {
                self.write(&line)?;
                after(step);
            }
        }
        Ok(approve(request))
    }

    /// How often a step was done, for all attempts together.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub fn count(&self, step: CardStep) -> io::Result<usize> {
        let is_step = |line: &&String| line.ends_with(step.word());
        Ok(self.lines()?.iter().filter(is_step).count())
    }

    fn lines(&self) -> io::Result<Vec<String>> {
        match fs::read_to_string(&self.books) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn write(&self, line: &str) -> io::Result<()> {
        let mut books = File::options()
            .append(true)
            .create(true)
            .open(&self.books)?;
        books.write_all(format!("{line}\n").as_bytes())?;
        books.sync_all()
    }
}
