//! Where a browser goes back to, and which addresses a deployment allows for it.

use std::fmt;

use url::{Host, Position, Url, form_urlencoded};

use super::error::Rule;
use super::text::plain;

/// Longest address, in characters.
const MAX: usize = 255;

/// Schemes that no app has, or that a browser or a device treats in a way of its own: they run scripts, open files, other
/// apps or settings, or dial. Those of Windows itself all begin alike, see [`may_be_an_apps`].
const NOT_AN_APPS: [&str; 35] = [
    "about",
    "android-app",
    "blob",
    "chrome",
    "chrome-extension",
    "content",
    "data",
    "facetime",
    "file",
    "filesystem",
    "ftp",
    "gopher",
    "http",
    "https",
    "intent",
    "itms-apps",
    "itms-services",
    "jar",
    "javascript",
    "ldap",
    "mailto",
    "market",
    "moz-extension",
    "resource",
    "search-ms",
    "smb",
    "sms",
    "smsto",
    "ssh",
    "tel",
    "telnet",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// Which addresses a browser may be sent to. Without an entry: any host by `https` that has a name, and no
/// app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReturnRules(Vec<Allowed>);

/// One entry of [`ReturnRules`].
#[derive(Debug, Clone, PartialEq, Eq)]
enum Allowed {
    /// `https://shop.example`, `https://*.shop.example`, `https://shop.example:8443`.
    Host {
        name: String,
        subdomains: bool,
        port: u16,
    },
    /// `http://127.0.0.1`: the developer's own machine, on that port or any (RFC 8252, section 7.3).
    Loopback { host: String, port: Option<u16> },
    /// `shopapp:`.
    App(String),
}

impl ReturnRules {
    /// Any host by `https`, and no app.
    pub const ANY_HOST: Self = Self(Vec::new());

    /// Reads a list, separated by commas: hosts with or without `https://` before and a port behind, `*.` for
    /// every name under one, `http://` for the loopback addresses only, and schemes of apps with a colon.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let entries = raw.split(',').map(str::trim);
        let entries = entries.filter(|entry| !entry.is_empty());
        entries
            .map(Allowed::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// True without an entry: any host by `https` is allowed then.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn check(&self, url: &Url) -> Result<(), Rule> {
        if !self.is_empty() {
            return if self.0.iter().any(|allowed| allowed.holds(url)) {
                Ok(())
            } else {
                Err(Rule(
                    "must be an address that ReturnUrls of this deployment allows",
                ))
            };
        }
        let name = match url.host() {
            Some(Host::Domain(name)) if url.scheme() == "https" => name,
            Some(Host::Ipv4(_) | Host::Ipv6(_)) if url.scheme() == "https" => {
                return Err(Rule("must name a host, not a number"));
            }
            _ => return Err(FORM),
        };
        if is_local(name) {
            return Err(Rule("must not lead to the local machine"));
        }
        if url.fragment().is_some() {
            return Err(Rule(
                "must not hold a fragment: ReturnUrls of this deployment does not list the host",
            ));
        }
        Ok(())
    }
}

/// Names that lead to the machine that asks (RFC 6761, section 6.3).
fn is_local(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    matches!(last, "localhost" | "localdomain")
}

impl Allowed {
    fn parse(entry: &str) -> Result<Self, Rule> {
        const FORM: Rule = Rule(
            "must be hosts (https://shop.example, *.shop.example), http://127.0.0.1 or schemes of apps (shopapp:), \
             separated by commas",
        );
        if let Some(scheme) = entry
            .strip_suffix("://")
            .or_else(|| entry.strip_suffix(':'))
        {
            let mut bytes = scheme.bytes();
            let good = bytes.next().is_some_and(|b| b.is_ascii_lowercase())
                && bytes
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+.-".contains(&b));
            return if good && may_be_an_apps(scheme) {
                Ok(Self::App(scheme.to_owned()))
            } else {
                Err(FORM)
            };
        }
        if !entry.contains(['.', '*']) && !entry.contains("://") {
            return Err(Rule(
                "must not hold a name alone: write the scheme of an app with a colon (shopapp:), and a host without a dot with \
                 https:// before it (https://shop)",
            ));
        }
        let (address, subdomains) = match entry.strip_prefix("https://").unwrap_or(entry) {
            rest if rest.starts_with("http:") => (rest.to_owned(), false),
            rest => match rest.strip_prefix("*.") {
                Some(name) => (format!("https://{name}"), true),
                None => (format!("https://{rest}"), false),
            },
        };
        let url = Url::parse(&address).map_err(|_| FORM)?;
        // Host and port, and nothing else.
        if url[Position::BeforePath..] != *"/" || address.ends_with('/') || address.contains('@') {
            return Err(FORM);
        }
        match (url.scheme(), url.host()) {
            ("http", Some(host)) if is_loopback(&host) => Ok(Self::Loopback {
                host: host.to_string(),
                port: url.port(),
            }),
            ("https", Some(Host::Domain(name)))
                if is_a_name(name) && !is_local(name) && (!subdomains || name.contains('.')) =>
            {
                Ok(Self::Host {
                    name: name.to_owned(),
                    subdomains,
                    port: url.port_or_known_default().unwrap_or(443),
                })
            }
            _ => Err(FORM),
        }
    }

    fn holds(&self, url: &Url) -> bool {
        match self {
            Self::Host {
                name,
                subdomains,
                port,
            } => {
                let is_named = url.host_str().is_some_and(|host| {
                    if *subdomains {
                        host.strip_suffix(name.as_str())
                            .is_some_and(|before| before.len() > 1 && before.ends_with('.'))
                    } else {
                        host == name
                    }
                });
                url.scheme() == "https" && is_named && url.port_or_known_default() == Some(*port)
            }
            Self::Loopback { host, port } => {
                url.scheme() == "http"
                    && url.host_str() == Some(host)
                    && (port.is_none() || *port == url.port())
            }
            Self::App(scheme) => url.scheme() == scheme,
        }
    }
}

/// True for a host that a list may name: letters, digits, hyphens and underscores between dots.
fn is_a_name(name: &str) -> bool {
    let part = |part: &str| {
        let good = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
        !part.is_empty() && part.bytes().all(good)
    };
    name.split('.').all(part)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

const FORM: Rule = Rule("must be an absolute https address");

/// Where a browser goes back to: an absolute address of at most 255 characters, as it is and without
/// credentials, that the deployment's [`ReturnRules`] allow.
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnUrl(Url);

impl ReturnUrl {
    /// Reads an address. One that a browser would have to repair is refused: what two readers make of it may
    /// differ.
    pub fn parse(raw: &str, rules: &ReturnRules) -> Result<Self, Rule> {
        plain(raw, 1, MAX)?;
        if !raw.is_ascii() {
            return Err(Rule("must be ASCII: encode other characters"));
        }
        if raw.bytes().any(|b| !b.is_ascii_graphic() || b == b'\\') {
            return Err(Rule("must not hold blanks or backslashes"));
        }
        let url = Url::parse(raw).map_err(|_| FORM)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Rule("must not hold a user name or password"));
        }
        if !is_as_written(raw, &url) {
            return Err(Rule(
                "must be written in full and in its normal form: nothing that a browser would repair",
            ));
        }
        if url.host_str().is_some_and(|host| host.ends_with('.')) {
            return Err(Rule("must not hold a host that ends with a dot"));
        }
        if let Some(Host::Domain(name)) = url.host()
            && !is_a_name(name)
        {
            return Err(Rule(
                "must hold a host whose parts are letters, digits and hyphens, with one dot between",
            ));
        }
        rules.check(&url)?;
        Ok(Self(url))
    }

    /// Reads an address that the table kept, if `rules` still allow it.
    pub(crate) fn parse_stored(raw: &str, rules: &ReturnRules) -> Option<Self> {
        let url = Url::parse(raw).ok()?;
        rules.check(&url).ok().map(|()| Self(url))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address with parameters added to its query. Those of the merchant's that have one of these names
    /// give way: each name stands there once, and says what we say.
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let mut url = self.0.clone();
        let is_ours = |pair: &&str| {
            let name = form_urlencoded::parse(pair.as_bytes()).next();
            name.is_some_and(|(name, _)| parameters.iter().any(|(ours, _)| *ours == name))
        };
        let theirs = url.query().filter(|query| !query.is_empty());
        let theirs = theirs.into_iter().flat_map(|query| query.split('&'));
        let mut query: Vec<&str> = theirs.filter(|pair| !is_ours(pair)).collect();
        let ours = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        query.push(&ours);
        let query = query.join("&");
        url.set_query(Some(&query));
        url.into()
    }
}

impl fmt::Debug for ReturnUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A merchant may put a session into the query.
        write!(f, "ReturnUrl({:?})", self.0.host_str())
    }
}

/// True where reading an address changed nothing of it but the case of its scheme and host, and the slash of
/// an empty path.
fn is_as_written(raw: &str, url: &Url) -> bool {
    let Some(authority) = raw.find("://").map(|at| at + 3) else {
        return false;
    };
    let end = raw[authority..].find(['/', '?', '#']);
    let (head, tail) = raw.split_at(end.map_or(raw.len(), |end| authority + end));
    // An apostrophe may be written either way: browsers encode it in a query.
    let encoded = |text: &str| text.replace('\'', "%27");
    let (tail, read) = (encoded(tail), encoded(&url[Position::BeforePath..]));
    head.eq_ignore_ascii_case(&url[..Position::BeforePath])
        && (tail == read || (!tail.starts_with('/') && read.strip_prefix('/') == Some(&*tail)))
}

/// True for a scheme that an app may have.
pub(super) fn may_be_an_apps(scheme: &str) -> bool {
    !NOT_AN_APPS.contains(&scheme) && !scheme.starts_with("ms-")
}

#[cfg(test)]
mod tests;
