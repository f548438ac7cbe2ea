use super::*;

fn good(list: &str, raw: &str) -> bool {
    ReturnUrl::parse(raw, &ReturnRules::parse(list).unwrap()).is_ok()
}

#[test]
fn without_a_list_any_host_by_https() {
    let table = [
        ("plain", "https://shop.example/linked", true),
        ("no path", "https://shop.example", true),
        ("query", "https://shop.example/linked?cart=1", true),
        ("a query and no path", "https://shop.example?cart=1", true),
        ("a port", "https://shop.example:8443/linked", true),
        ("a host in capitals", "HTTPS://Shop.Example/Linked", true),
        ("encoded", "https://shop.example/%C3%A9?a=%20", true),
        ("not encrypted", "http://shop.example/linked", false),
        ("own machine", "http://localhost:8080/linked", false),
        (
            "own machine by number",
            "http://127.0.0.1:8080/linked",
            false,
        ),
        ("own machine, encrypted", "https://localhost/linked", false),
        ("under localhost", "https://a.localhost/", false),
        ("localhost with a dot", "https://localhost./", false),
        ("local domain", "https://localhost.localdomain/", false),
        ("version 4", "https://203.0.113.10/", false),
        ("version 4 as one number", "https://3405803786/", false),
        (
            "version 4 in hexadecimal",
            "https://0xCB.0x00.0x71.0x0A/",
            false,
        ),
        ("version 4, shortened", "https://127.1/", false),
        ("version 6", "https://[2001:db8::1]/", false),
        ("an app", "shopapp://linked", false),
        ("script", "javascript:alert(1)", false),
        (
            "script that looks absolute",
            "javascript://x/%0aalert(1)",
            false,
        ),
        ("data", "data:text/html,hi", false),
        ("relative", "/linked", false),
        ("no scheme", "//shop.example/linked", false),
        ("credentials", "https://a:b@shop.example/", false),
        ("a user name", "https://shop.example@evil.example/", false),
        ("an empty user name", "https://@shop.example/", false),
        ("an empty password", "https://:@shop.example/", false),
        ("fragment", "https://shop.example/#x", false),
        ("an empty fragment", "https://shop.example/#", false),
        (
            "line break",
            "https://shop.example/\r\nSet-Cookie: a=b",
            false,
        ),
        ("tab", "https://shop.example/\tx", false),
        ("a tab in the scheme", "ht\ttps://shop.example/", false),
        ("not ASCII", "https://shop.example/é", false),
        ("a host that is not ASCII", "https://shóp.example/", false),
        ("empty", "", false),
        ("no slashes", "https:shop.example", false),
        ("one slash", "https:/shop.example", false),
        ("three slashes", "https:///shop.example", false),
        ("backslashes", "https:\\\\shop.example", false),
        ("a backslash", "https://shop.example\\@evil.example/", false),
        ("a leading blank", " https://shop.example/", false),
        ("a blank behind", "https://shop.example/ ", false),
        (
            "a leading control character",
            "\u{1}https://shop.example/",
            false,
        ),
        ("a leading mark", "\u{feff}https://shop.example/", false),
        ("an encoded host", "https://%73hop.example/", false),
        ("a step back", "https://shop.example/a/../b", false),
        (
            "an encoded step back",
            "https://shop.example/a/%2e%2e/b",
            false,
        ),
        ("the usual port", "https://shop.example:443/", false),
        ("a quotation mark", "https://shop.example/\"", false),
        (
            "an apostrophe in the query",
            "https://shop.example/?q=it's",
            true,
        ),
        ("the same, encoded", "https://shop.example/?q=it%27s", true),
        ("in the path", "https://shop.example/it's", true),
        ("a dot behind the host", "https://shop.example./", false),
        ("a dot before the host", "https://.shop.example/", false),
        ("dots before the host", "https://..shop.example/", false),
        ("an empty label", "https://shop..example/", false),
        ("a host of dots", "https://../", false),
        ("a mark in the host", "https://shop!.example/", false),
    ];
    for (why, raw, expected) in table {
        assert_eq!(good("", raw), expected, "{why}: {raw:?}");
    }
    assert!(!good(
        "",
        &format!("https://shop.example/{}", "a".repeat(235))
    ));
}

#[test]
fn a_list_says_which() {
    let list = "https://shop.example, *.pay.example,https://other.example:8443,http://127.0.0.1,\
                http://localhost:3000,shopapp:,shop.app-2://";
    let table = [
        ("https://shop.example/linked", true),
        ("https://shop.example/#/linked", true),
        ("https://SHOP.example/linked", true),
        ("https://shop.example:8443/", false),
        ("http://shop.example/", false),
        ("https://www.shop.example/", false),
        ("https://shop.example.evil.example/", false),
        ("https://evilshop.example/", false),
        ("https://a.pay.example/#x", true),
        ("https://a.b.pay.example/", true),
        ("https://pay.example/", false),
        ("https://.pay.example/", false),
        ("https://..pay.example/", false),
        ("https://a..pay.example/", false),
        ("https://*.pay.example/", false),
        ("https://evilpay.example/", false),
        ("https://other.example:8443/", true),
        ("https://other.example/", false),
        ("http://127.0.0.1/linked", true),
        ("http://127.0.0.1:5173/linked", true),
        ("https://127.0.0.1/linked", false),
        ("http://127.0.0.2/linked", false),
        ("http://2130706433/linked", false),
        ("http://localhost:3000/", true),
        ("http://localhost:3001/", false),
        ("shopapp://linked", true),
        ("shopapp://linked?a=1#b", true),
        ("shopapp:linked", false),
        ("shopapp:///linked", true),
        ("shopapp://user@linked", false),
        ("shop.app-2://linked", true),
        ("otherapp://linked", false),
        ("javascript://shop.example/", false),
        ("https://elsewhere.example/", false),
        ("https://shop.example@evil.example/", false),
        ("https:shop.example", false),
    ];
    for (raw, expected) in table {
        assert_eq!(good(list, raw), expected, "{raw}");
    }
}

#[test]
fn a_list_that_is_none_is_refused() {
    for list in [
        "https://shop",
        "shop.example",
        "https://shop.example",
        "xn--bcher-kva.example",
        "http://[::1]:3000",
        "",
        " , ",
    ] {
        assert!(ReturnRules::parse(list).is_ok(), "{list}");
    }
    for list in [
        "shop",
        "shopapp",
        "shopapp,https://shop.example",
        "shop:8443",
        "https://shop.example/",
        "https://shop.example/paid",
        "https://a@shop.example",
        "https://shop.example?x",
        "http://shop.example",
        "https://127.0.0.1",
        "https://localhost",
        "127.0.0.1",
        "*",
        "*.",
        "*.id",
        "a..b",
        "shop.*.example",
        "https:",
        "javascript:",
        "intent://",
        "Shop:",
        "1app:",
        "a b",
    ] {
        assert!(ReturnRules::parse(list).is_err(), "{list}");
    }
}

#[test]
fn a_scheme_without_its_colon_is_told_from_a_host() {
    let Err(Rule(rule)) = ReturnRules::parse("https://shop.example, shopapp") else {
        panic!("taken for a host");
    };
    assert!(
        rule.contains("shopapp:") && rule.contains("https://shop"),
        "{rule}"
    );
}

#[test]
fn parameters_join_the_query() {
    let with = |raw: &str| {
        let rules = ReturnRules::parse("https://shop.example,shopapp:").unwrap();
        let url = ReturnUrl::parse(raw, &rules).unwrap();
        url.with(&[("bindingId", "bnd_1"), ("status", "active")])
    };
    let table = [
        ("https://shop.example", "https://shop.example/?"),
        (
            "https://shop.example/linked?",
            "https://shop.example/linked?",
        ),
        (
            "https://shop.example/linked?cart=1",
            "https://shop.example/linked?cart=1&",
        ),
        ("https://shop.example/?status=new", "https://shop.example/?"),
        (
            "https://shop.example/?a=%7E+b&st%61tus=x&status&c",
            "https://shop.example/?a=%7E+b&c&",
        ),
        (
            "https://shop.example/?Status=x",
            "https://shop.example/?Status=x&",
        ),
        ("shopapp://linked", "shopapp://linked?"),
    ];
    for (raw, expected) in table {
        let expected = format!("{expected}bindingId=bnd_1&status=active");
        assert_eq!(with(raw), expected, "{raw}");
    }
    assert_eq!(
        with("https://shop.example/#/linked?status=x"),
        "https://shop.example/?bindingId=bnd_1&status=active#/linked?status=x"
    );
}
