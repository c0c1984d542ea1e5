use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use anyhow::{Context, bail};
use mpac_gateway::Merchant;

const ID_VARIABLE: &str = "MPS_MERCHANT_ID";
const SECRET_VARIABLE: &str = "MPS_SECRET_KEY";

/// `ID:SECRET` on the command line, not read yet: clap repeats what it cannot read in its error,
/// and this holds a key.
#[derive(Clone)]
pub(super) struct MerchantArgument(String);

impl FromStr for MerchantArgument {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for MerchantArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MerchantArgument(..)")
    }
}

/// Where a merchant's key comes from, which decides how it may be shown.
#[derive(Debug)]
pub(super) enum Credentials {
    /// Nothing was said: the built-in test merchant.
    Test(Merchant),
    /// From the environment, where a key that matters may be. It is never printed.
    Environment(Merchant),
    /// From the command line.
    Arguments(Vec<Merchant>),
}

impl Credentials {
    /// `--merchant` first, then the environment of the guide's samples, then the test merchant.
    pub(super) fn find<'a>(
        arguments: impl IntoIterator<Item = &'a MerchantArgument>,
    ) -> anyhow::Result<Self> {
        let read = |argument: &MerchantArgument| argument.0.parse().context("--merchant");
        let arguments: Vec<Merchant> = arguments
            .into_iter()
            .map(read)
            .collect::<anyhow::Result<_>>()?;
        if !arguments.is_empty() {
            return Ok(Self::Arguments(arguments));
        }
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        match (variable(ID_VARIABLE), variable(SECRET_VARIABLE)) {
            (None, None) => Ok(Self::Test(Merchant::test())),
            (Some(id), Some(secret)) => match format!("{id}:{secret}").parse() {
                Ok(merchant) => Ok(Self::Environment(merchant)),
                Err(error) => bail!("{ID_VARIABLE} and {SECRET_VARIABLE}: {error}"),
            },
            (Some(_), None) => {
                bail!("{ID_VARIABLE} is set, but {SECRET_VARIABLE} is not: set both")
            }
            (None, Some(_)) => {
                bail!("{SECRET_VARIABLE} is set, but {ID_VARIABLE} is not: set both")
            }
        }
    }

    pub(super) fn merchants(&self) -> &[Merchant] {
        match self {
            Self::Test(merchant) | Self::Environment(merchant) => std::slice::from_ref(merchant),
            Self::Arguments(merchants) => merchants,
        }
    }

    /// The one to sign with.
    pub(super) fn first(&self) -> anyhow::Result<&Merchant> {
        match self.merchants() {
            [first, ..] => Ok(first),
            [] => bail!("no merchant is given: add one with --merchant ID:SECRET"),
        }
    }

    /// The key as it may be printed, so that a shell reads it back.
    pub(super) fn printable_secret(&self, merchant: &Merchant) -> String {
        match self {
            Self::Environment(_) => format!("\"${SECRET_VARIABLE}\""),
            Self::Test(_) | Self::Arguments(_) => shell_quote(merchant.secret.expose()),
        }
    }
}

/// A text that a POSIX shell reads as one word, unchanged.
pub(super) fn shell_quote(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_read_back_what_was_quoted() {
        for (text, quoted) in [
            ("/usr/bin/mpac-gateway", "/usr/bin/mpac-gateway"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's $HOME", r"'it'\''s $HOME'"),
        ] {
            assert_eq!(shell_quote(text), quoted);
        }
    }
}
