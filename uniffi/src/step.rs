//! Runs one command of a test step: quiet, with the time going by, and with its output kept.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal, Write},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

/// Longer than any step takes on a slow machine; shorter than a CI system's patience.
const LIMIT: Duration = Duration::from_secs(45 * 60);
/// No tool is silent for so long, unless it hangs: rustc is while it links a library, on a busy machine.
const SILENCE: Duration = Duration::from_secs(15 * 60);
/// How long output may still come from what a finished command left behind.
const GRACE: Duration = Duration::from_secs(2);
const REDRAW: Duration = Duration::from_millis(250);
/// Without a terminal every report is a new line, so they are rarer.
const REPORT: Duration = Duration::from_secs(10);

/// A step that is running, and the log it writes.
#[derive(Debug)]
pub(crate) struct Step {
    started: Instant,
    reported: Instant,
    log_path: Utf8PathBuf,
    log: File,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    /// What it wrote to stdout and stderr, in order.
    pub(crate) output: String,
}

impl Step {
    /// Starts the clock, and an empty log.
    pub(crate) fn start(log_path: Utf8PathBuf) -> Result<Self> {
        if let Some(directory) = log_path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let log = File::create(&log_path).with_context(|| format!("could not write {log_path}"))?;
        let now = Instant::now();
        Ok(Self {
            started: now,
            reported: now,
            log_path,
            log,
        })
    }

    /// Where the whole output goes.
    pub(crate) fn log_path(&self) -> &Utf8Path {
        &self.log_path
    }

    /// Time since the step began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Runs `command` to its end, however it ends.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<Finished> {
        let name = command.get_program().to_string_lossy().into_owned();
        self.note(&format!("$ {}", line_of(command)))?;
        let (reader, writer) = io::pipe()?;
        command
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer);
        let mut child = command
            .spawn()
            .with_context(|| format!("could not run {name}"))?;
        // The command holds the writing end until it is told otherwise; then no end would come.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let lines = lines_of(reader);
        let result = self.follow(&mut child, &lines);
        self.clear();
        if result.is_err() {
            // Already gone is as good as killed.
            let _ = child.kill();
        }
        let output = result.with_context(|| format!("{name} did not end well"))?;
        Ok(Finished {
            status: child.wait()?,
            output,
        })
    }

    /// Runs `command`, which has to succeed.
    pub(crate) fn check(&mut self, command: &mut Command) -> Result<String> {
        let finished = self.run(command)?;
        if !finished.status.success() {
            let line: String = line_of(command).chars().take(100).collect();
            bail!("{}: {line}", finished.status);
        }
        Ok(finished.output)
    }

    /// Writes a line to the log and shows it as progress.
    pub(crate) fn note(&mut self, line: &str) -> Result<()> {
        writeln!(self.log, "{line}")?;
        self.show(line);
        Ok(())
    }

    fn follow(&mut self, child: &mut Child, lines: &Receiver<Vec<u8>>) -> Result<String> {
        let mut output = String::new();
        let mut latest = String::new();
        let mut ended: Option<Instant> = None;
        let mut heard = Instant::now();
        loop {
            match lines.recv_timeout(REDRAW) {
                Ok(line) => {
                    heard = Instant::now();
                    self.log.write_all(&line)?;
                    let line = String::from_utf8_lossy(&line);
                    output.push_str(&line);
                    if !line.trim().is_empty() {
                        line.trim().clone_into(&mut latest);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(output),
                Err(RecvTimeoutError::Timeout) => {
                    if ended.is_none() && child.try_wait()?.is_some() {
                        ended = Some(Instant::now());
                    }
                }
            }
            if ended.is_some_and(|at| at.elapsed() > GRACE) {
                return Ok(output);
            }
            if heard.elapsed() > SILENCE {
                bail!(
                    "stopped after {} minutes without output",
                    SILENCE.as_secs() / 60
                );
            }
            if self.elapsed() > LIMIT {
                bail!("stopped after {} minutes", LIMIT.as_secs() / 60);
            }
            self.show(&latest);
        }
    }

    fn show(&mut self, line: &str) {
        let terminal = io::stdout().is_terminal();
        let pause = if terminal { REDRAW } else { REPORT };
        if self.reported.elapsed() < pause {
            return;
        }
        self.reported = Instant::now();
        let seconds = self.elapsed().as_secs();
        let line: String = line.chars().filter(|c| !c.is_control()).take(80).collect();
        if terminal {
            print!("\r\x1b[K    {seconds:>4} s  {line}");
            // Progress that cannot be shown is no reason to stop.
            let _ = io::stdout().flush();
        } else {
            println!("    {seconds:>4} s  {line}");
        }
    }

    fn clear(&self) {
        if io::stdout().is_terminal() {
            print!("\r\x1b[K");
            let _ = io::stdout().flush();
        }
    }
}

/// Reads lines on a thread of its own, so that the time can be shown between them.
fn lines_of(reader: io::PipeReader) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        loop {
            let mut line = Vec::new();
            match reader.read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) if sender.send(line).is_err() => return,
                Ok(_) => {}
            }
        }
    });
    receiver
}

/// A command as people type it; a script among its arguments is left out.
fn line_of(command: &Command) -> String {
    let program = command.get_program();
    let program = Path::new(program).file_name().unwrap_or(program);
    let words: Vec<_> = std::iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .map(|word| {
            if word.contains('\n') {
                "...".into()
            } else {
                word
            }
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(directory: &tempfile::TempDir) -> Result<Step> {
        let path = Utf8Path::from_path(directory.path()).context("a UTF-8 path")?;
        Step::start(path.join("logs/step.log"))
    }

    #[test]
    fn output_is_kept_in_order_and_logged() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let mut step = step(&directory)?;
        let script = "echo one; echo two >&2; printf 'three\\377'; exit 7";
        let finished = step.run(Command::new("sh").args(["-c", script]))?;
        assert_eq!(finished.status.code(), Some(7));
        assert_eq!(finished.output, "one\ntwo\nthree\u{fffd}");
        let log = std::fs::read(step.log_path())?;
        assert!(log.ends_with(b"one\ntwo\nthree\xff"), "{log:?}");
        Ok(())
    }

    #[test]
    fn a_command_that_leaves_a_process_behind_is_not_waited_for() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let mut step = step(&directory)?;
        let finished = step.run(Command::new("sh").args(["-c", "sleep 60 & echo $!"]))?;
        assert!(finished.status.success());
        assert!(step.elapsed() < Duration::from_secs(30));
        Command::new("kill").arg(finished.output.trim()).status()?;
        Ok(())
    }

    #[test]
    fn failures_are_errors_that_name_the_command() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let mut step = step(&directory)?;
        let failed = step.check(Command::new("sh").args(["-c", "exit 3"]));
        assert!(failed.is_err_and(|e| e.to_string().contains("sh -c exit 3")));
        let missing = step.check(&mut Command::new("mpac-no-such-program"));
        assert!(missing.is_err_and(|e| e.to_string().contains("mpac-no-such-program")));
        Ok(())
    }
}
