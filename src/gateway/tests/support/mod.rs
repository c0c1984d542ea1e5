//! A gateway to talk to, and the words to talk to it with.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses a part of this"
)]

pub mod receiver;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use mpac_gateway::Merchant;
use mpac_pgw_protocol::signing::{Authorization, RequestToSign};
use rusqlite::types::Value as Cell;
use serde_json::{Value, json};
use ureq::http::Request;

pub const CREATE: &str = "/v1/payment_intents";

/// The codes in PayPay's own books, oldest first: `paid`, `created` while they can be, `deleted`.
pub const WALLET: &str = include_str!("paypay_codes.sql");

/// The program under test.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mpac-gateway"));
    for name in [
        "MPS_MERCHANT_ID",
        "MPS_SECRET_KEY",
        "MPAC_GATEWAY_DB",
        "MPAC_GATEWAY_URL",
        "PAYPAY_API_KEY",
        "PAYPAY_API_SECRET",
        "PAYPAY_MERCHANT_ID",
    ] {
        command.env_remove(name);
    }
    command
}

/// Runs the program to its end.
pub fn run(args: &[&str]) -> Output {
    program().args(args).stdin(Stdio::null()).output().unwrap()
}

/// A gateway process on a free port. Dropping it kills it with SIGKILL.
pub struct Server {
    process: Child,
    pub url: String,
    /// Everything it printed when it started.
    pub greeting: Vec<String>,
}

impl Server {
    pub fn ephemeral() -> Self {
        Self::start(&["--ephemeral"])
    }

    pub fn on_file(path: &Path) -> Self {
        Self::start(&["--db", path.to_str().unwrap()])
    }

    pub fn start(args: &[&str]) -> Self {
        Self::start_command(program().arg("serve").args(args))
    }

    pub fn start_command(command: &mut Command) -> Self {
        Self::start_loud(command.args(["--listen", "127.0.0.1:0", "--quiet"]))
    }

    pub fn start_loud(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut greeting = Vec::new();
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            greeting.push(line.unwrap());
            if greeting.last().unwrap().contains("curl") {
                break;
            }
        }
        let url = greeting.first().and_then(|line| line.split_once("http://"));
        let (_, address) = url.expect("the first line names the URL");
        Self {
            process,
            url: format!("http://{address}"),
            greeting,
        }
    }

    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// SIGKILL: no chance to finish anything.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Sends a signal and waits for the end; answers the exit code.
    pub fn stop(mut self, signal: &str) -> Option<i32> {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        self.process.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The JSON of a 200.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// Checks that this is an error in the guide's shape; answers its message.
    #[track_caller]
    pub fn error(&self, status: u16, code: &str, param: Option<&str>) -> String {
        let body = self.json();
        assert_eq!(self.status, status, "{body}");
        let error = body["error"].as_object().expect("an object `error`");
        assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
        assert_eq!(error["code"], code, "{body}");
        assert_eq!(error.get("param").and_then(Value::as_str), param, "{body}");
        let known = ["code", "message", "param", "decline_code"];
        assert!(error.keys().all(|key| known.contains(&&**key)), "{body}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains('\n'));
        message.to_owned()
    }

    #[track_caller]
    pub fn conflict(&self) -> String {
        self.error(409, "invalid_payment_state", None)
    }
}

/// A back end and a terminal in one.
#[derive(Clone)]
pub struct Client {
    pub url: String,
    pub merchant: Merchant,
    agent: ureq::Agent,
}

impl Client {
    pub fn new(url: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(30)));
        let agent = config.build().into();
        Self {
            url: url.to_owned(),
            merchant: Merchant::test(),
            agent,
        }
    }

    pub fn of_merchant(&self, merchant: &str) -> Self {
        Self {
            merchant: merchant.parse().unwrap(),
            ..self.clone()
        }
    }

    /// Sends exactly this.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        self.try_send(method, path, headers, body).unwrap()
    }

    pub fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Reply, ureq::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = if body.is_empty() && method != "POST" {
            self.agent.run(request.body(()).unwrap())?
        } else {
            self.agent.run(request.body(body).unwrap())?
        };
        let text = response.body_mut().read_to_string()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Reply {
            status,
            headers,
            text,
        })
    }

    pub fn sign_at(&self, timestamp: i64, method: &str, path: &str, body: &[u8]) -> String {
        let (key, id) = (&self.merchant.secret, self.merchant.id.clone());
        let request = RequestToSign { method, path, body };
        Authorization::sign(key, id, timestamp, &request).to_string()
    }

    pub fn sign(&self, method: &str, path: &str, body: &[u8]) -> String {
        self.sign_at(unix_now(), method, path, body)
    }

    /// A signed POST of JSON.
    pub fn post_signed(&self, path: &str, key: Option<&str>, body: &[u8]) -> Reply {
        let signed = self.sign("POST", path, body);
        let mut headers = vec![
            ("Authorization", signed.as_str()),
            ("Content-Type", "application/json"),
        ];
        headers.extend(key.map(|key| ("Idempotency-Key", key)));
        self.send("POST", path, &headers, body)
    }

    /// A POST of JSON without a signature.
    pub fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Reply {
        let mut headers = vec![("Content-Type", "application/json")];
        headers.extend(key.map(|key| ("Idempotency-Key", key)));
        self.send("POST", path, &headers, body.to_string().as_bytes())
    }

    pub fn create(&self, body: &Value) -> Reply {
        self.post_signed(CREATE, None, body.to_string().as_bytes())
    }

    /// A payment intent for all three methods.
    pub fn new_intent(&self) -> Intent {
        Intent::from(&self.create(&order()).ok())
    }

    pub fn get_signed(&self, path: &str) -> Reply {
        let signed = self.sign("GET", path, b"");
        self.send("GET", path, &[("Authorization", &signed)], b"")
    }

    /// A signed POST of JSON, without a key.
    pub fn post_as_merchant(&self, path: &str, body: &Value) -> Reply {
        self.post_signed(path, None, body.to_string().as_bytes())
    }

    pub fn delete_signed(&self, path: &str) -> Reply {
        let signed = self.sign("DELETE", path, b"");
        self.send("DELETE", path, &[("Authorization", &signed)], b"")
    }

    /// A payment intent whose money is reserved.
    pub fn authorised(&self) -> Intent {
        let mut order = order();
        order["capture_method"] = json!("manual");
        let intent = Intent::from(&self.create(&order).ok());
        self.confirm(&intent, None, qr()).ok();
        self.pay(&intent, json!({})).ok();
        intent
    }

    /// A payment intent that a customer has paid by QR.
    pub fn paid_by_qr(&self) -> Intent {
        let intent = self.new_intent();
        self.confirm(&intent, None, qr()).ok();
        self.pay(&intent, json!({})).ok();
        intent
    }

    pub fn refund(&self, body: Value) -> Reply {
        self.post_as_merchant("/v1/refunds", &body)
    }

    pub fn get(&self, intent: &Intent) -> Reply {
        let path = format!("{CREATE}/{}?payment_token={}", intent.id, intent.token);
        self.send("GET", &path, &[], b"")
    }

    pub fn status(&self, intent: &Intent) -> String {
        self.get(intent).ok()["status"].as_str().unwrap().to_owned()
    }

    pub fn confirm(&self, intent: &Intent, key: Option<&str>, method: Value) -> Reply {
        self.post(&intent.path("confirm"), key, &intent.with_token(method))
    }

    pub fn cancel(&self, intent: &Intent, key: Option<&str>) -> Reply {
        self.post(&intent.path("cancel"), key, &intent.with_token(json!({})))
    }

    /// Moves the gateway's clock.
    pub fn advance(&self, seconds: i64) -> Value {
        let body = json!({ "seconds": seconds });
        self.post("/_local/clock", None, &body).ok()
    }

    pub fn pay(&self, intent: &Intent, body: Value) -> Reply {
        self.post(
            &format!("/_local/payment_intents/{}/pay", intent.id),
            None,
            &body,
        )
    }
}

/// What a terminal has of a payment intent.
#[derive(Debug, Clone)]
pub struct Intent {
    pub id: String,
    pub token: String,
}

impl From<&Value> for Intent {
    fn from(created: &Value) -> Self {
        let text = |name: &str| created[name].as_str().unwrap().to_owned();
        Self {
            id: text("id"),
            token: text("payment_token"),
        }
    }
}

impl Intent {
    pub fn path(&self, call: &str) -> String {
        format!("{CREATE}/{}/{call}", self.id)
    }

    pub fn with_token(&self, mut body: Value) -> Value {
        body["payment_token"] = self.token.clone().into();
        body
    }
}

pub fn qr() -> Value {
    json!({ "payment_method_type": "qr_mpm", "provider": "PAYPAY" })
}

pub fn card() -> Value {
    let approval_code = "APPROVAL_1";
    json!({ "payment_method_type": "credit_card", "provider": "VISA", "external_ref_id": approval_code })
}

pub fn cash() -> Value {
    json!({ "payment_method_type": "cash" })
}

/// An order with a reference of its own.
pub fn order() -> Value {
    json!({
        "merchant_ref_id": unique("order"),
        "amount": 2500,
        "payment_method_types": ["qr_mpm", "credit_card", "cash"],
    })
}

pub fn unique(prefix: &str) -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{prefix}_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

pub fn unix_now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_secs()).unwrap()
}

/// Seconds between two of the gateway's timestamps.
pub fn seconds_between(earlier: &Value, later: &Value) -> i64 {
    let read = |value: &Value| {
        value
            .as_str()
            .unwrap()
            .parse::<mpac_pgw_protocol::Timestamp>()
    };
    read(later).unwrap().unix_seconds() - read(earlier).unwrap().unix_seconds()
}

pub fn keys(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// Waits until the condition holds.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Everything in the database, table by table, to see that nothing has changed.
pub fn contents(path: &Path) -> Vec<(String, Vec<Vec<Cell>>)> {
    let tables = query(
        path,
        "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
    );
    let tables = tables.into_iter().map(|row| match &row[0] {
        Cell::Text(name) => name.clone(),
        other => panic!("{other:?}"),
    });
    tables
        .map(|name| (name.clone(), query(path, &format!("SELECT * FROM {name}"))))
        .collect()
}

pub fn query(path: &Path, sql: &str) -> Vec<Vec<Cell>> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(path, flags).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|index| row.get(index)).collect());
    rows.unwrap().map(Result::unwrap).collect()
}

/// Changes a database, or makes one.
pub fn edit(path: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
}

/// The texts in the first column.
pub fn texts(path: &Path, sql: &str) -> Vec<String> {
    let text = |row: Vec<Cell>| match row.into_iter().next() {
        Some(Cell::Text(text)) => text,
        other => panic!("{other:?}"),
    };
    query(path, sql).into_iter().map(text).collect()
}

pub fn read_all(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
