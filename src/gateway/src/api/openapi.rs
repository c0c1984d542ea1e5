use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

pub(super) const PATH: &str = "/openapi.json";

/// OpenAPI 3.1, held against the routes by the test below.
const DOCUMENT: &str = include_str!("openapi.json");

/// `GET /openapi.json`.
pub(super) async fn handle() -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use axum::body::Body;
    use axum::extract::ConnectInfo;
    use axum::http::{Method, Request, StatusCode, header};
    use serde_json::Value;
    use tower::ServiceExt;

    use crate::app::{App, Parts};
    use crate::wire::{Peer, WireControl};

    fn document() -> Value {
        serde_json::from_str(super::DOCUMENT).unwrap()
    }

    fn documented() -> BTreeSet<String> {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        paths
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().unwrap().keys();
                methods.map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect()
    }

    /// What the router itself says of a path, in `Allow`.
    async fn served() -> BTreeSet<String> {
        let address = "127.0.0.1:4242".parse().unwrap();
        let app = Arc::new(App::new(Parts::for_tests(address)));
        let router = crate::api::router(app);
        let mut served = BTreeSet::new();
        for (path, _) in crate::api::routes() {
            let example = path.replace(['{', '}'], "");
            let peer = Peer {
                address,
                wire: WireControl::default(),
            };
            let request = Request::builder()
                .method(Method::OPTIONS)
                .uri(example)
                .extension(ConnectInfo(peer))
                .body(Body::empty())
                .unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
            let allow = response.headers()[header::ALLOW].to_str().unwrap();
            let methods = allow.split(',').filter(|method| *method != "HEAD");
            served.extend(methods.map(|method| format!("{method} {path}")));
        }
        served
    }

    #[tokio::test]
    async fn what_is_served_is_documented_and_nothing_else() {
        assert_eq!(served().await, documented());
    }

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                found.extend(
                    members
                        .get("$ref")
                        .and_then(Value::as_str)
                        .map(str::to_owned),
                );
                members
                    .values()
                    .for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_component_is_used() {
        let document = document();
        assert_eq!(document["openapi"], "3.1.0");
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        for reference in &found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        for kind in ["schemas", "parameters", "responses"] {
            for name in document["components"][kind].as_object().unwrap().keys() {
                let reference = format!("#/components/{kind}/{name}");
                assert!(found.contains(&reference), "{reference} is not used");
            }
        }
    }

    #[test]
    fn the_currencies_are_those_that_are_taken() {
        let document = document();
        let named = document["components"]["schemas"]["Currency"]["enum"].as_array();
        let named: BTreeSet<_> = named.unwrap().iter().map(|c| c.as_str().unwrap()).collect();
        let letters = || 'A'..='Z';
        for a in letters() {
            for (b, c) in letters().flat_map(|b| letters().map(move |c| (b, c))) {
                let code = format!("{a}{b}{c}");
                let known = iso_currency::Currency::from_code(&code);
                let taken = known.is_some_and(|known| known.exponent().is_some());
                assert_eq!(named.contains(code.as_str()), taken, "{code}");
            }
        }
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let document = document();
        let paths = document["paths"].as_object().unwrap().values();
        let operations = paths.flat_map(|methods| methods.as_object().unwrap().values());
        let names: Vec<_> = operations
            .map(|operation| operation["operationId"].as_str().unwrap())
            .collect();
        let distinct: BTreeSet<_> = names.iter().collect();
        assert_eq!(names.len(), distinct.len());
    }
}
