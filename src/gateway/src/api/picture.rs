use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use qrcode::QrCode;
use qrcode::render::svg;

use crate::app::App;
use crate::failure::Failure;
use crate::store::codes;

/// `GET /qr/{name}.svg`: the picture of an outstanding code, for whoever was told its name.
pub(super) async fn handle(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Failure> {
    let no_such_picture = || {
        let why = "there is no such QR code: it was paid, replaced, withdrawn or has expired";
        Failure::http(StatusCode::NOT_FOUND, why)
    };
    let name = path
        .ok()
        .and_then(|Path(file)| file.strip_suffix(".svg").map(str::to_owned));
    let name = name.ok_or_else(no_such_picture)?;
    let content = app
        .store
        .read(move |c| codes::content_of_picture(c, &name))
        .await?;
    draw(&content.ok_or_else(no_such_picture)?)
}

/// What a code holds, as a picture.
pub(super) fn draw(content: &str) -> Result<Response, Failure> {
    let code = QrCode::new(content).map_err(|error| {
        log::error!("a QR code cannot be drawn: {error}");
        Failure::internal()
    })?;
    let picture = code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build();
    let headers = [(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "no-store")];
    Ok((headers, picture).into_response())
}
