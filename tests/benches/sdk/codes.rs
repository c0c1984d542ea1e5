//! How long a code takes to draw.

use std::process::Command;

use anyhow::Result;

use super::milliseconds;
use super::report::{Report, Target};
use super::series::Series;

/// As long as those of PayPay.
const CONTENT: &str = "https://qr.paypay.ne.jp/28180104EXAMPLE";
const TIMES: usize = 300;

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let matrix = milliseconds(TIMES, || {
        mpac_pgw_sdk::qr_matrix(CONTENT)?;
        Ok(())
    })?;
    report.row("QR code, modules", "ms", matrix, Target::Below(0.3));
    if let Some(theirs) = segno("segno.make(c, micro=False)") {
        report.row("  Python's segno", "ms", theirs, Target::None);
    }
    let png = milliseconds(TIMES, || {
        mpac_pgw_sdk::qr_png(CONTENT, 512)?;
        Ok(())
    })?;
    report.row("QR code, PNG of 512 pixels", "ms", png, Target::Below(1.0));
    let scaled = "segno.make(c, micro=False).save(io.BytesIO(), kind='png', scale=13)";
    if let Some(theirs) = segno(scaled) {
        report.row("  Python's segno", "ms", theirs, Target::None);
    }
    Ok(())
}

/// The same in Python, where that is at hand.
fn segno(what: &str) -> Option<Series> {
    let script = format!(
        "import io, timeit, segno\nc = '{CONTENT}'\n\
         print(*(1e3 * t for t in timeit.repeat(lambda: {what}, number=1, repeat={TIMES})))"
    );
    let ran = Command::new("python3")
        .args(["-c", &script])
        .output()
        .ok()?;
    let mut series = Series::default();
    for number in String::from_utf8(ran.stdout).ok()?.split_whitespace() {
        series.add(number.parse().ok()?);
    }
    ran.status.success().then_some(series)
}
