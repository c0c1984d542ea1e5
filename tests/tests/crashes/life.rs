//! One life of the till's process: started, listened to, killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use mpac_pgw_tests::{Network, Order, ReplyFate, RequestFate};

const PATIENCE: Duration = Duration::from_secs(90);

/// Where a process dies: at the `number`-th time, from 1, that it comes to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) place: Place,
    pub(crate) number: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Inside the till's process; its name there.
    Inside(&'static str),
    /// A request has arrived at the gateway's door. What becomes of it?
    Request(RequestFate),
    /// The gateway has answered.
    Reply,
}

impl Place {
    pub(crate) const ALL: [Self; 12] = [
        Self::Inside("write"),
        Self::Inside("torn write"),
        Self::Inside("event"),
        Self::Inside("event noted"),
        Self::Inside("event taken"),
        Self::Inside("card app launched"),
        Self::Inside("card charged"),
        Self::Inside("card result taken"),
        Self::Request(RequestFate::Lost),
        Self::Request(RequestFate::Forwarded),
        Self::Request(RequestFate::Late),
        Self::Reply,
    ];
}

/// The process that is alive now, and the message that kills it.
#[derive(Default)]
pub(crate) struct Victim {
    process: Mutex<Option<Child>>,
    killer: Mutex<Option<Point>>,
}

impl Victim {
    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn killer(&self) -> MutexGuard<'_, Option<Point>> {
        self.killer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `kill -9`, and waits until it is gone.
    fn kill(&self) -> Result<()> {
        let mut process = self.process();
        let process = process.as_mut().context("a process")?;
        process.kill()?;
        process.wait()?;
        Ok(())
    }

    /// Kills when `number` is the message.
    fn meets(&self, place: impl Fn(Place) -> bool, number: usize) -> Option<Place> {
        let mut killer = self.killer();
        let point = killer.filter(|point| point.number == number && place(point.place))?;
        *killer = None;
        // When it is gone already, so much the better.
        let _ = self.kill();
        Some(point.place)
    }
}

impl Network for Victim {
    fn request(&self, number: usize) -> RequestFate {
        match self.meets(|place| matches!(place, Place::Request(_)), number) {
            Some(Place::Request(fate)) => fate,
            _ => RequestFate::Forwarded,
        }
    }

    fn reply(&self, number: usize) -> ReplyFate {
        match self.meets(|place| place == Place::Reply, number) {
            Some(_) => ReplyFate::Lost,
            None => ReplyFate::PassedOn,
        }
    }
}

/// What a life needs.
pub(crate) struct Birth<'a> {
    pub(crate) gateway_url: &'a str,
    pub(crate) folder: &'a Path,
    pub(crate) story: &'a str,
    pub(crate) order: &'a Order,
    /// What the customer shows, where the story asks for it.
    pub(crate) customer_code: &'a str,
    /// How many requests earlier lives have sent.
    pub(crate) requests: usize,
    /// Where it is to die, if at all.
    pub(crate) end: Option<Point>,
}

/// How a life ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Killed,
    /// It had nothing more to do.
    Finished,
}

/// Runs the till until it ends or is killed. `hear` gets every line it says.
pub(crate) fn live(
    victim: &Victim,
    birth: &Birth<'_>,
    hear: impl FnMut(&str) -> Result<()>,
) -> Result<End> {
    let by_message = birth.end.filter(|point| !point.is_inside());
    *victim.killer() = by_message.map(|point| Point {
        number: point.number + birth.requests,
        ..point
    });
    let (lines, complaints) = victim.start(birth)?;
    let stopped = match listen(victim, &lines, hear) {
        Ok(stopped) => stopped,
        Err(error) => {
            victim.kill()?;
            return Err(error);
        }
    };
    let status = victim.process().as_mut().context("a process")?.wait()?;
    if stopped || (by_message.is_some() && victim.killer().is_none()) {
        return Ok(End::Killed);
    }
    let complaints: Vec<String> = complaints.into_iter().collect();
    ensure!(
        status.success(),
        "the till gave up: {}",
        complaints.join(" ")
    );
    Ok(End::Finished)
}

impl Victim {
    fn start(&self, birth: &Birth<'_>) -> Result<(Receiver<String>, Receiver<String>)> {
        let (place, number) = match birth.end {
            Some(Point {
                place: Place::Inside(name),
                number,
            }) => (name, number),
            _ => ("nowhere", 0),
        };
        // Held until the process is there to be killed: its first request may be the one.
        let mut slot = self.process();
        let mut process = Command::new(env!("CARGO_BIN_EXE_crashing-terminal"))
            .arg(birth.gateway_url)
            .arg(birth.folder)
            .args([birth.story, place, &number.to_string()])
            .env("MPAC_PAYMENT_TOKEN", &birth.order.payment_token)
            .env("MPAC_CUSTOMER_CODE", birth.customer_code)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let lines = read_lines(process.stdout.take().context("its output")?);
        let complaints = read_lines(process.stderr.take().context("its errors")?);
        *slot = Some(process);
        Ok((lines, complaints))
    }
}

/// Tells whether the process came to its point and was killed there.
fn listen(
    victim: &Victim,
    lines: &Receiver<String>,
    mut hear: impl FnMut(&str) -> Result<()>,
) -> Result<bool> {
    let mut stopped = false;
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) if line == "stop" => {
                stopped = true;
                victim.kill()?;
            }
            Ok(line) => hear(&line)?,
            Err(RecvTimeoutError::Timeout) => bail!("the till hangs"),
            Err(RecvTimeoutError::Disconnected) => return Ok(stopped),
        }
    }
}

impl Point {
    fn is_inside(self) -> bool {
        matches!(self.place, Place::Inside(_))
    }
}

fn read_lines(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}
