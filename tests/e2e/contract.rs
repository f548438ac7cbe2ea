//! The template, the `OpenAPI` document and the functions tell of the same API.

use std::collections::BTreeSet;

use crate::support::routes::{self, RouteName};

#[test]
fn the_template_and_the_document_have_the_same_routes() {
    let deployed: BTreeSet<RouteName> = routes::deployed().into_keys().collect();
    let described: BTreeSet<RouteName> = routes::described().into_keys().collect();
    let only = |one: &BTreeSet<RouteName>, other: &BTreeSet<RouteName>| -> Vec<String> {
        one.difference(other).map(ToString::to_string).collect()
    };
    let (undescribed, undeployed) = (only(&deployed, &described), only(&described, &deployed));
    assert!(
        undescribed.is_empty(),
        "only in template.yaml: {undescribed:?}"
    );
    assert!(
        undeployed.is_empty(),
        "only in openapi.yaml: {undeployed:?}"
    );
    assert!(!deployed.is_empty());
}

#[test]
fn what_wants_a_token_in_the_template_names_its_scope_in_the_document() {
    let document = routes::document();
    let scheme = ["components", "securitySchemes", "callerJwt", "description"]
        .iter()
        .fold(&document, |node, key| node.get(key).unwrap());
    let explained = scheme.as_text().unwrap();
    let described = routes::described();
    for (route, deployed) in routes::deployed() {
        let scopes = described[&route].scopes.as_deref();
        assert_eq!(deployed.token, scopes.is_some(), "{route}");
        let Some(scopes) = scopes else { continue };
        assert_eq!(scopes.len(), 1, "{route} needs exactly one scope");
        assert!(
            explained.contains(&format!("`{}`", scopes[0])),
            "{route}: the scheme does not explain {}",
            scopes[0]
        );
    }
}

#[test]
fn the_document_declares_what_its_paths_hold() {
    let mut names = BTreeSet::new();
    for (route, described) in routes::described() {
        assert_eq!(described.path_parameters, route.placeholders(), "{route}");
        let name = described.operation_id;
        assert!(!name.is_empty(), "{route} has no operationId");
        assert!(names.insert(name), "{route}: its operationId is taken");
    }
}
