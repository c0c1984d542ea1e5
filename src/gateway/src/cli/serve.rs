use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use log::LevelFilter;
use mpac_gateway::{Gateway, GatewayConfig, PayPayAccount, PayPayConfig, StoreLocation};
use paypay_opa::Environment;

use super::credentials::{Credentials, MerchantArgument, shell_quote};
use super::output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    mpac-gateway serve\n  \
    mpac-gateway serve --ephemeral --listen 127.0.0.1:0\n  \
    PAYPAY_API_KEY=... PAYPAY_API_SECRET=... mpac-gateway serve --paypay sandbox\n  \
    mpac-gateway serve --db shop.db --merchant shop_1:sk_test_1 --merchant shop_2:sk_test_2")]
pub(super) struct Args {
    /// Address and port; port 0 takes a free one.
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:4242",
        value_parser = address
    )]
    listen: SocketAddr,
    /// The database file [env: MPAC_GATEWAY_DB] [default: mpac-gateway/gateway.db in your data
    /// folder].
    // The variable is read below: to clap it would be as good as --db, and refused with
    // --ephemeral.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Keep everything in memory, and nothing after the end.
    #[arg(long, conflicts_with = "db")]
    ephemeral: bool,
    /// A merchant who may sign requests; repeatable [default: MPS_MERCHANT_ID and MPS_SECRET_KEY,
    /// or the test merchant].
    #[arg(long = "merchant", value_name = "ID:SECRET")]
    merchants: Vec<MerchantArgument>,
    /// Which PayPay QR payments go through. PayPay's own take an account: PAYPAY_API_KEY,
    /// PAYPAY_API_SECRET and, for a key that is good for several merchants, PAYPAY_MERCHANT_ID.
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = WhichPayPay::StandIn)]
    paypay: WhichPayPay,
    /// Where the PayPay stand-in listens [default: on loopback, one port after the gateway's].
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    paypay_listen: Option<SocketAddr>,
    /// What the addresses in PayPay's QR codes begin with, so that a phone in your network can open
    /// them, for example http://192.168.1.5:4243 [default: where the stand-in listens].
    #[arg(long, value_name = "URL")]
    paypay_public_url: Option<String>,
    /// Log only warnings and errors, not every request.
    #[arg(long, short)]
    quiet: bool,
    /// Log more; -vv logs even more.
    #[arg(long, short, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    start_logging(&args);
    let credentials = Credentials::find(&args.merchants)?;
    let account = account(&args)?;
    let store = if args.ephemeral {
        StoreLocation::Ephemeral
    } else {
        StoreLocation::File(database(args.db, args.paypay)?)
    };
    let mut paypay = PayPayConfig::default();
    paypay.account = account;
    if args.paypay == WhichPayPay::Production && matches!(credentials, Credentials::Test(_)) {
        bail!(
            "the test merchant's key is known to everybody: give a merchant of your own with \
             --merchant ID:SECRET, or MPS_MERCHANT_ID and MPS_SECRET_KEY"
        );
    }
    paypay.listen = args.paypay_listen;
    paypay.public_url = args.paypay_public_url;
    let config = GatewayConfig::default()
        .paypay(paypay)
        .listen(args.listen)
        .store(store.clone())
        .merchants(credentials.merchants().iter().cloned());
    // Signals are caught before anything is printed: a script may stop us as soon as it reads it.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot wait for signals")?;
    runtime.block_on(async {
        let stop = stop_signal()?;
        let gateway = Gateway::start(config)?;
        announce(&gateway, &store, &credentials)?;
        stop.await;
        gateway.shutdown();
        if let StoreLocation::File(path) = &store {
            warn_of_a_log(path);
        }
        Ok(())
    })
}

/// A database that was closed is one file, unless the disk was full or another program reads it.
fn warn_of_a_log(database: &Path) {
    let database = database.canonicalize();
    let mut log = database.unwrap_or_default().into_os_string();
    log.push("-wal");
    if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        log::warn!(
            "the last payments are in {}: keep it beside the database. The disk is full, or another \
             program has the database open",
            log.display()
        );
    }
}

/// Which PayPay QR payments go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum WhichPayPay {
    /// The stand-in on this machine.
    StandIn,
    /// PayPay's sandbox: no real money.
    Sandbox,
    /// PayPay itself: real money.
    Production,
}

/// The account at PayPay, if it is PayPay's own.
fn account(args: &Args) -> anyhow::Result<Option<PayPayAccount>> {
    let environment = match args.paypay {
        WhichPayPay::StandIn => return Ok(None),
        WhichPayPay::Sandbox => Environment::Sandbox,
        WhichPayPay::Production => Environment::Production,
    };
    if args.paypay_listen.is_some() || args.paypay_public_url.is_some() {
        bail!("--paypay-listen and --paypay-public-url are the stand-in's: leave --paypay out");
    }
    let variable = |name: &str| {
        std::env::var(name).map_err(|_| {
            anyhow!(
                "{name} is not set: take it from PayPay's developer panel, or leave --paypay out"
            )
        })
    };
    let (key, secret) = (variable("PAYPAY_API_KEY")?, variable("PAYPAY_API_SECRET")?);
    let credentials = paypay_opa::Credentials::new(&key, &secret)
        .context("PAYPAY_API_KEY and PAYPAY_API_SECRET")?;
    let merchant = match std::env::var("PAYPAY_MERCHANT_ID") {
        Ok(id) => Some(id.parse().context("PAYPAY_MERCHANT_ID")?),
        Err(_) => None,
    };
    Ok(Some(PayPayAccount {
        environment,
        credentials,
        merchant,
    }))
}

fn announce(
    gateway: &Gateway,
    store: &StoreLocation,
    credentials: &Credentials,
) -> anyhow::Result<()> {
    let url = gateway.url();
    let database = match store {
        StoreLocation::File(path) => path.display().to_string(),
        StoreLocation::Ephemeral => "in memory, gone when this ends".to_owned(),
    };
    let mut lines = vec![
        format!("mpac-gateway listens on {url}"),
        format!("  dashboard    {url}/_local/dashboard"),
        format!("  database     {database}"),
        match gateway.paypay_url() {
            Some(stand_in) => {
                format!("  PayPay       {stand_in}, the customer's phone {stand_in}/wallet")
            }
            None => {
                "  PayPay       PayPay's own, with your account; customers pay with real phones"
                    .to_owned()
            }
        },
    ];
    let ahead = gateway.clock().ahead_seconds();
    if ahead > 0 {
        lines.push(format!(
            "  clock        {ahead} s ahead of this machine's, where the database left it"
        ));
    }
    for merchant in credentials.merchants() {
        lines.push(format!("  merchant id  {}", merchant.id));
        lines.push(format!(
            "  secret key   {}",
            credentials.printable_secret(merchant)
        ));
    }
    if !gateway.address().ip().is_loopback() && matches!(credentials, Credentials::Test(_)) {
        lines.push(
            "Whoever reaches this address can act for the test merchant: its key is known to \
             everybody. Give a merchant of your own with --merchant ID:SECRET."
                .to_owned(),
        );
    }
    lines.push("Create a payment:".to_owned());
    lines.push(format!("  {}", curl(&url, credentials)?));
    // In one piece: whoever waits for the URL may stop reading once it has come.
    output::line(&lines.join("\n"))
}

/// A command that works whenever it is pasted into a shell: it signs when it is run.
fn curl(url: &str, credentials: &Credentials) -> anyhow::Result<String> {
    let program = std::env::current_exe().context("cannot find this program's own path")?;
    let program = shell_quote(&program.display().to_string());
    let merchant = match credentials {
        // `sign` reads the same environment.
        Credentials::Environment(_) => String::new(),
        Credentials::Test(_) | Credentials::Arguments(_) => {
            let merchant = credentials.first()?;
            let merchant = format!("{}:{}", merchant.id, merchant.secret.expose());
            format!(" --merchant {}", shell_quote(&merchant))
        }
    };
    Ok(format!(
        "ref=order_$(date +%s)-$RANDOM; body='{{\"merchant_ref_id\":\"'$ref'\",\"amount\":1500,\
         \"payment_method_types\":[\"qr_mpm\",\"credit_card\",\"cash\"]}}'; \
         curl -sS {url}/v1/payment_intents -H 'Content-Type: application/json' \
         -H \"Idempotency-Key: $ref\" \
         -H \"$({program} sign{merchant} POST /v1/payment_intents --body \"$body\")\" -d \"$body\""
    ))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let unreadable = |_| {
        "must be an IP address and a port, such as 127.0.0.1:4242, or 127.0.0.1:0 for a free port"
            .to_owned()
    };
    text.parse().map_err(unreadable)
}

/// The file that was named, or the one in the user's data folder, which is made if need be.
fn database(named: Option<PathBuf>, paypay: WhichPayPay) -> anyhow::Result<PathBuf> {
    let in_environment = || std::env::var_os("MPAC_GATEWAY_DB").filter(|file| !file.is_empty());
    if let Some(file) = named.or_else(|| in_environment().map(PathBuf::from)) {
        return Ok(file);
    }
    let data = dirs::data_local_dir().context(
        "cannot find your data folder: name a database file with --db, or use --ephemeral",
    )?;
    let folder = data.join("mpac-gateway");
    make_folders(&data, &folder).with_context(|| {
        let folder = folder.display();
        format!("cannot create {folder}: name a database file with --db, or use --ephemeral")
    })?;
    Ok(folder.join(match paypay {
        WhichPayPay::StandIn => "gateway.db",
        WhichPayPay::Sandbox => "gateway-sandbox.db",
        WhichPayPay::Production => "gateway-production.db",
    }))
}

/// Only its owner may look into our folder. The data folder is not ours to close to others.
fn make_folders(data: &Path, ours: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(data)?;
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(ours) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

/// Resolves at SIGINT or SIGTERM. The handlers are in place when this returns.
#[cfg(unix)]
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            log::error!("cannot wait for Ctrl-C: {error}");
            std::future::pending::<()>().await;
        }
    })
}

fn start_logging(args: &Args) {
    let own = match args.verbose {
        _ if args.quiet => LevelFilter::Warn,
        0 => LevelFilter::Info,
        1 => LevelFilter::Debug,
        _ => LevelFilter::Trace,
    };
    // Other crates' logs may hold more of a request than ours do.
    env_logger::Builder::new()
        .filter_level(LevelFilter::Warn)
        .filter_module("mpac_gateway", own)
        .format_target(false)
        .init();
}
