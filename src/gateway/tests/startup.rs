//! The program from the shell: how it starts, refuses to start, and stops.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use support::*;

#[track_caller]
fn refused(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(output.stdout.is_empty());
    assert_eq!(text.lines().count(), 1, "one line: {text}");
    assert!(text.starts_with("mpac-gateway: "), "{text}");
    text
}

#[test]
fn the_greeting_holds_all_that_is_needed() {
    for arguments in [
        &["--ephemeral"][..],
        &["--ephemeral", "--merchant", "shop-1:it's a $secret"],
    ] {
        let server = Server::start(arguments);
        assert!(server.url.starts_with("http://127.0.0.1:"));
        let text = server.greeting.join("\n");
        let id = if arguments.len() == 1 {
            "test_merchant"
        } else {
            "shop-1"
        };
        assert!(text.contains(id), "{text}");
        // Pasted into a shell, from anywhere, as often as one likes.
        let curl = server.greeting.last().unwrap();
        for _ in 0..2 {
            let output = Command::new("bash")
                .args(["-c", curl])
                .current_dir("/")
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            let created: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(created["status"], "requires_payment_method", "{created}");
        }
    }
}

#[test]
fn keys_from_the_environment_are_used_and_never_printed() {
    let mut command = program();
    command
        .env("MPS_MERCHANT_ID", "env_shop")
        .env("MPS_SECRET_KEY", "sk_canary")
        .arg("--ephemeral");
    let server = Server::start_command(&mut command);
    let text = server.greeting.join("\n");
    assert!(
        text.contains("env_shop") && !text.contains("sk_canary"),
        "{text}"
    );
    server
        .client()
        .of_merchant("env_shop:sk_canary")
        .create(&order())
        .ok();
    let curl = server.greeting.last().unwrap();
    let mut bash = Command::new("bash");
    bash.env("MPS_MERCHANT_ID", "env_shop")
        .env("MPS_SECRET_KEY", "sk_canary");
    let output = bash.args(["-c", curl]).output().unwrap();
    let created: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(created["amount"], 1500, "{created}");

    let half = program()
        .env("MPS_MERCHANT_ID", "env_shop")
        .arg("--ephemeral")
        .output()
        .unwrap();
    assert!(refused(&half).contains("MPS_SECRET_KEY is not"));
}

#[test]
fn without_a_command_it_serves() {
    let server = Server::start_command(program().arg("--ephemeral"));
    server.client().new_intent();
    assert_eq!(server.stop("-INT"), Some(0));
}

#[test]
fn a_port_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let text = refused(&run(&["--listen", &address, "--db", db.to_str().unwrap()]));
    assert!(
        text.contains(&address) && text.contains("--listen"),
        "{text}"
    );
    assert!(!db.exists(), "nothing has been created");
}

#[test]
fn files_that_are_no_database_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let sql = |name: &str, sql: &str| {
        let path = folder.path().join(name);
        edit(&path, sql);
        path
    };
    let newer = {
        let path = folder.path().join("newer");
        Server::on_file(&path).kill();
        edit(&path, "PRAGMA user_version = 999");
        path
    };
    let mut torn = b"SQLite format 3\0".to_vec();
    torn.extend([0xff; 5000]);
    let table = [
        (
            write("text", b"dear diary, today I took three payments"),
            "not an mpac-gateway database",
        ),
        (write("short", b"x"), "not an mpac-gateway database"),
        (write("torn", &torn), "another program"),
        (
            sql("foreign", "CREATE TABLE notes (text TEXT)"),
            "another program",
        ),
        (
            sql("claimed", "PRAGMA application_id = 7"),
            "another program",
        ),
        (newer, "newer mpac-gateway (schema 999"),
    ];
    for (path, expected) in table {
        let before = fs::read(&path).unwrap();
        let text = refused(&run(&[
            "--listen",
            "127.0.0.1:0",
            "--db",
            path.to_str().unwrap(),
        ]));
        assert!(text.contains(expected) && text.contains("--db"), "{text}");
        assert!(text.contains(path.to_str().unwrap()), "{text}");
        assert_eq!(fs::read(&path).unwrap(), before, "{}", path.display());
        if !expected.contains("newer") {
            let lock = format!("{}-lock", path.display());
            assert!(!Path::new(&lock).exists(), "nothing is left beside it");
        }
    }
}

#[test]
fn paths_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing/gateway.db");
    for path in [
        missing.as_path(),
        folder.path(),
        Path::new("/proc/gateway.db"),
    ] {
        let text = refused(&run(&[
            "--listen",
            "127.0.0.1:0",
            "--db",
            path.to_str().unwrap(),
        ]));
        assert!(text.contains("cannot open the database"), "{text}");
        assert_eq!(text.matches("(os error").count(), 1, "{text}");
        assert!(
            text.contains("--db") && text.contains("--ephemeral"),
            "{text}"
        );
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing is left behind"
    );
}

#[test]
fn one_gateway_per_database() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let first = Server::on_file(&db);
    let text = refused(&run(&[
        "--listen",
        "127.0.0.1:0",
        "--db",
        db.to_str().unwrap(),
    ]));
    assert!(text.contains("in use by another mpac-gateway"), "{text}");
    #[cfg(unix)]
    {
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&db, &link).unwrap();
        let link = link.to_str().unwrap();
        let text = refused(&run(&["--listen", "127.0.0.1:0", "--db", link]));
        assert!(text.contains("in use by another mpac-gateway"), "{text}");
    }
    first.client().new_intent();
    first.kill();
    Server::on_file(&db).client().new_intent();
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_the_database() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_file(&folder.path().join("gateway.db"));
    server.client().new_intent();
    for entry in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        if !entry.file_name().to_str().unwrap().ends_with("-lock") {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        }
    }
}

#[test]
fn the_default_database_is_in_the_data_folder() {
    let home = tempfile::tempdir().unwrap();
    let mut command = program();
    command
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"));
    let server = Server::start_command(&mut command);
    let line = server
        .greeting
        .iter()
        .find(|line| line.contains("database"))
        .unwrap();
    let path = line.split_whitespace().last().unwrap();
    assert!(path.starts_with(home.path().to_str().unwrap()), "{path}");
    assert!(Path::new(path).exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let ours = Path::new(path).parent().unwrap();
        assert_eq!(mode(ours), 0o700, "our folder is its owner's");
        let theirs = home.path().join("like_any_other");
        fs::create_dir(&theirs).unwrap();
        assert_eq!(mode(ours.parent().unwrap()), mode(&theirs));
    }
}

#[test]
fn memory_and_a_file_are_not_had_together() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let output = run(&["--ephemeral", "--db", db.to_str().unwrap()]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text.contains("--ephemeral") && text.contains("--db"),
        "{text}"
    );
    // What is asked for now counts more than what is set up for always.
    let mut command = program();
    command.env("MPAC_GATEWAY_DB", &db).arg("--ephemeral");
    drop(Server::start_command(&mut command));
    assert!(!db.exists());
    let mut command = program();
    drop(Server::start_command(command.env("MPAC_GATEWAY_DB", &db)));
    assert!(db.exists());
}

#[test]
fn commands_take_the_gateway_in_any_place() {
    let server = Server::ephemeral();
    for arguments in [
        ["clock", "--gateway", &server.url, "advance", "5"],
        ["clock", "advance", "--gateway", &server.url, "5"],
        ["clock", "advance", "5", "--gateway", &server.url],
    ] {
        let output = run(&arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
}

#[test]
fn wrong_arguments() {
    for arguments in [
        &["--listen", "4242"][..],
        &["--listen", "nowhere:1"],
        &["frobnicate"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        let says_how = text.contains("127.0.0.1:4242") || arguments[0] != "--listen";
        assert!(says_how && !text.is_empty(), "{text}");
    }
    for merchant in ["sk_canary", "a b:sk_canary", ":sk_canary", "a:"] {
        let text = refused(&run(&["--ephemeral", "--merchant", merchant]));
        assert!(
            text.contains("--merchant") && !text.contains("canary"),
            "{text}"
        );
    }
    let twice = [
        "--ephemeral",
        "--merchant",
        "a:1",
        "--merchant",
        "a:2",
        "--listen",
        "127.0.0.1:0",
    ];
    assert!(refused(&run(&twice)).contains("given twice"));
    for command in [
        &["--help"][..],
        &["serve", "--help"],
        &["create", "--help"],
        &["pay", "--help"],
        &["sign", "--help"],
    ] {
        let output = run(command);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && text.contains("Examples:"),
            "{command:?}"
        );
    }
}

#[test]
fn create_and_pay_from_the_shell() {
    let server = Server::ephemeral();
    let client = server.client();
    let merchant = "test_merchant:sk_test_local_gateway_only";
    let create = [
        "create",
        "--gateway",
        &server.url,
        "--merchant",
        merchant,
        "--amount",
        "1500",
    ];
    let output = run(&[&create[..], &["--method", "qr_mpm", "--json"]].concat());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1);
    let created: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(created["payment_method_types"], json!(["qr_mpm"]));
    let intent = Intent::from(&created);

    let pay = ["pay", "--gateway", &server.url, &intent.id];
    assert!(refused(&run(&pay)).contains("confirm it with qr_mpm first"));
    client.confirm(&intent, None, qr()).ok();
    let output = run(&pay);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("1500 JPY") && text.contains("succeeded"),
        "{text}"
    );
    assert_eq!(client.status(&intent), "succeeded");

    let output = run(&[
        &create[..],
        &["--ref", "order_7", "--store", "s", "--currency", "USD"],
    ]
    .concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("id             pi_") && text.contains("_secret_"),
        "{text}"
    );
    let again = run(&[&create[..], &["--ref", "order_7"]].concat());
    assert!(refused(&again).contains("merchant_ref_id is already used"));
    let nothing = run(&[&create[..6], &["0"]].concat());
    assert!(refused(&nothing).contains("greater than 0"));
}

#[test]
fn commands_say_when_there_is_no_gateway() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    for command in [
        &["create", "--amount", "1", "--gateway", &url][..],
        &["pay", "pi_1", "--gateway", &url],
    ] {
        let text = refused(&run(command));
        assert!(
            text.contains("cannot reach a gateway") && text.contains("serve"),
            "{text}"
        );
    }
}

#[test]
fn sign_signs() {
    let merchant = ["--merchant", "m:k", "--timestamp", "1765189800"];
    let body = "{\"amount\":1}";
    let sign = [
        &["sign", "POST", "/v1/payment_intents?x=1", "--body", body][..],
        &merchant,
    ]
    .concat();
    let output = run(&sign);
    let line = String::from_utf8(output.stdout).unwrap();
    let mut client = Client::new("");
    client.merchant = "m:k".parse().unwrap();
    let expected = client.sign_at(
        1_765_189_800,
        "POST",
        "/v1/payment_intents?x=1",
        body.as_bytes(),
    );
    assert_eq!(line, format!("Authorization: {expected}\n"));
    let output = run(&[&sign[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["authorization"], expected);
    let canonical = json["canonical_string"].as_str().unwrap();
    assert!(canonical.starts_with("POST\n/v1/payment_intents?x=1\n1765189800\n"));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body.json");
    fs::write(&file, body).unwrap();
    let from_file = format!("@{}", file.display());
    let sign = [
        &[
            "sign",
            "POST",
            "/v1/payment_intents?x=1",
            "--body",
            &from_file,
        ][..],
        &merchant,
    ];
    assert_eq!(String::from_utf8(run(&sign.concat()).stdout).unwrap(), line);

    for wrong in [
        &["sign", "post", "/"][..],
        &["sign", "POST", "http://x/"],
        &["sign", "POST", "/", "--body", "@/nowhere"],
    ] {
        refused(&run(wrong));
    }
}

#[test]
fn nothing_secret_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let log_path = folder.path().join("log");
    let log = fs::File::create(&log_path).unwrap();
    let mut command = program();
    command
        .args(["serve", "--ephemeral", "--listen", "127.0.0.1:0", "-vv"])
        .stderr(Stdio::from(log));
    command.args(["--merchant", "test_merchant:sk_canary"]);
    let server = Server::start_loud(&mut command);
    let client = server.client().of_merchant("test_merchant:sk_canary");
    let intent = client.new_intent();
    let shown = client.confirm(&intent, Some("key_canary"), qr()).ok();
    let picture = shown["qr_code_url"]
        .as_str()
        .unwrap()
        .strip_prefix(&server.url)
        .unwrap()
        .to_owned();
    client.send("GET", &picture, &[], b"").headers.len();
    client.get(&intent).ok();
    client.confirm(&intent, None, card()).ok();
    client.cancel(&intent, None).conflict();
    let foreign = client.new_intent();
    client.post(&foreign.path("cancel"), None, &intent.with_token(json!({})));
    let path = format!("{CREATE}/{}?payment_token=nonsense_canary", intent.id);
    client.send("GET", &path, &[], b"");
    client
        .of_merchant("test_merchant:sk_canary_2")
        .create(&order());
    server.stop("-TERM");
    let log = fs::read_to_string(log_path).unwrap();
    assert!(log.contains("POST /v1/payment_intents 200"), "{log}");
    let secret = intent.token.split_once("_secret_").unwrap().1;
    let picture = picture.rsplit('/').next().unwrap();
    let content = shown["qr_content"].as_str().unwrap();
    for canary in [secret, "_secret_", "canary", "APPROVAL_1", picture, content] {
        assert!(!log.contains(canary), "{canary} is in the log:\n{log}");
    }
}
