//! What back ends and terminals do, as fast as a gateway answers.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use mpac_gateway::Merchant;
use mpac_pgw_protocol::signing::{Authorization, RequestToSign};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::connection::Connection;
use super::process::Process;

const PATH: &str = "/v1/payment_intents";

/// Back ends and terminals, on one thread.
#[derive(Debug)]
pub(crate) struct Load {
    runtime: Runtime,
    connections: usize,
}

/// A payment that went through, as its terminal knows it.
#[derive(Debug, Clone)]
pub(crate) struct Paid {
    id: String,
    token: String,
}

/// Payments, and how long they took together.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) paid: Vec<Paid>,
    took: Duration,
    /// What the gateway's processors did.
    cpu_seconds: f64,
}

impl Work {
    pub(crate) fn add(&mut self, other: Self) {
        self.paid.extend(other.paid);
        self.took += other.took;
        self.cpu_seconds += other.cpu_seconds;
    }

    /// Payments a second.
    pub(crate) fn rate(&self) -> f64 {
        rate(self.paid.len(), self.took)
    }

    /// Microseconds of the gateway's processor time for each payment: says more than the rate when
    /// others use the machine.
    pub(crate) fn cpu_microseconds(&self) -> f64 {
        1e6 * self.cpu_seconds / count(self.paid.len())
    }
}

fn rate(number: usize, took: Duration) -> f64 {
    count(number) / took.as_secs_f64()
}

#[allow(clippy::cast_precision_loss, reason = "at most some hundred thousand")]
fn count(number: usize) -> f64 {
    number as f64
}

impl Load {
    pub(crate) fn new(connections: usize) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self {
            runtime,
            connections,
        })
    }

    /// Creates and confirms this many payments.
    pub(crate) fn pay(&self, gateway: &Process, payments: usize) -> Result<Work> {
        let address = gateway.address();
        let (start, before) = (Instant::now(), gateway.cpu_seconds()?);
        let paid = self.on_every_connection(payments, |share| pay(address, share))?;
        let (paid, took) = (paid.concat(), start.elapsed());
        ensure!(paid.len() == payments, "some payments are missing");
        Ok(Work {
            paid,
            took,
            cpu_seconds: gateway.cpu_seconds()? - before,
        })
    }

    /// Retrieves payments, chosen at random; answers how many a second.
    pub(crate) fn retrieve(&self, gateway: &Process, of: &[Paid], requests: usize) -> Result<f64> {
        let address = gateway.address();
        let start = Instant::now();
        self.on_every_connection(requests, |share| {
            let mut random = Rng::new();
            let chosen = (0..share).filter_map(|_| random.choice(of).cloned());
            retrieve(address, chosen.collect())
        })?;
        Ok(rate(requests, start.elapsed()))
    }

    fn on_every_connection<T, W>(&self, total: usize, work: impl Fn(usize) -> W) -> Result<Vec<T>>
    where
        W: Future<Output = Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        let share = |n: usize| total * (n + 1) / self.connections - total * n / self.connections;
        self.runtime.block_on(async {
            let mut running: JoinSet<_> = (0..self.connections).map(|n| work(share(n))).collect();
            let mut results = Vec::new();
            while let Some(done) = running.join_next().await {
                results.push(done??);
            }
            Ok(results)
        })
    }
}

async fn pay(address: SocketAddr, payments: usize) -> Result<Vec<Paid>> {
    let mut connection = Connection::open(address).await?;
    let (merchant, mut random) = (Merchant::test(), Rng::new());
    let (mut body, mut request) = (String::new(), String::new());
    let mut paid = Vec::with_capacity(payments);
    for _ in 0..payments {
        // References and keys are what most back ends use: unique, in no order.
        body.clear();
        write!(
            body,
            r#"{{"merchant_ref_id":"order_{:016x}","amount":2500,"currency":"JPY","payment_method_types":["qr_mpm","credit_card","cash"],"merchant_store_id":"store_1","merchant_terminal_id":"terminal_1"}}"#,
            random.u64(..)
        )?;
        let signed = sign(&merchant, "POST", PATH, &body)?;
        request.clear();
        write!(
            request,
            "POST {PATH} HTTP/1.1\r\nAuthorization: {signed}\r\n"
        )?;
        finish_post(&mut request, &mut random, &body)?;
        let created = connection.exchange(request.as_bytes()).await?;
        let payment = Paid {
            id: text(created, "id")?.to_owned(),
            token: text(created, "payment_token")?.to_owned(),
        };

        body.clear();
        write!(
            body,
            r#"{{"payment_token":"{}","payment_method_type":"cash"}}"#,
            payment.token
        )?;
        request.clear();
        write!(request, "POST {PATH}/{}/confirm HTTP/1.1\r\n", payment.id)?;
        finish_post(&mut request, &mut random, &body)?;
        let confirmed = connection.exchange(request.as_bytes()).await?;
        ensure!(text(confirmed, "status")? == "succeeded", "not paid");
        paid.push(payment);
    }
    Ok(paid)
}

/// The headers of every POST, and the body.
fn finish_post(request: &mut String, random: &mut Rng, body: &str) -> Result<()> {
    write!(
        request,
        "Host: 127.0.0.1\r\nContent-Type: application/json\r\nIdempotency-Key: {:032x}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        random.u128(..),
        body.len()
    )?;
    Ok(())
}

async fn retrieve(address: SocketAddr, payments: Vec<Paid>) -> Result<()> {
    let mut connection = Connection::open(address).await?;
    let mut request = String::new();
    for Paid { id, token } in payments {
        request.clear();
        write!(
            request,
            "GET {PATH}/{id}?payment_token={token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        )?;
        let answer = connection.exchange(request.as_bytes()).await?;
        ensure!(text(answer, "id")? == id, "another payment");
    }
    Ok(())
}

fn sign(merchant: &Merchant, method: &str, path: &str, body: &str) -> Result<Authorization> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let request = RequestToSign {
        method,
        path,
        body: body.as_bytes(),
    };
    let timestamp = i64::try_from(now.as_secs())?;
    Ok(Authorization::sign(
        &merchant.secret,
        merchant.id.clone(),
        timestamp,
        &request,
    ))
}

/// A text of a JSON object, without parsing the rest of it. None of those looked for is escaped.
fn text<'a>(json: &'a str, field: &str) -> Result<&'a str> {
    let start = format!("\"{field}\":\"");
    let value = json.split_once(&start).map(|(_, rest)| rest);
    let value = value.and_then(|rest| rest.split('"').next());
    value.with_context(|| format!("the answer has no {field}"))
}
