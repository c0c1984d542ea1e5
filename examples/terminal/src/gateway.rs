//! The gateway of the demonstration: a running one, or one in this process.

use anyhow::{Context, Result};
use mpac_gateway::{Gateway, GatewayConfig};

/// A gateway, stopped at the end if it was started here.
pub(crate) struct DemoGateway {
    url: String,
    _own: Option<Gateway>,
}

impl DemoGateway {
    pub(crate) fn start_or_use(url: Option<String>) -> Result<Self> {
        if let Some(url) = url {
            println!("Using the gateway at {url}");
            return Ok(Self { url, _own: None });
        }
        let gateway = Gateway::start(GatewayConfig::default()).context("starting the gateway")?;
        let url = gateway.url();
        println!("Local gateway at {url}, nothing leaves this machine");
        Ok(Self {
            url,
            _own: Some(gateway),
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
