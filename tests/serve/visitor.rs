//! A browser, as far as a test needs one.

use std::net::SocketAddr;

use super::{body_of, status, talk};

pub(super) struct Visitor {
    pub(super) address: SocketAddr,
    /// Headers that go with each request.
    pub(super) headers: String,
}

impl Visitor {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, headers: String::new() }
    }

    fn send(&self, line: &str, headers: &str, body: &str) -> String {
        let host = if self.headers.contains("host:") { String::new() } else { format!("host: {}\r\n", self.address) };
        let own = &self.headers;
        talk(self.address, &format!("{line} HTTP/1.1\r\n{host}{own}{headers}connection: close\r\n\r\n{body}"))
    }

    /// The whole response.
    pub(super) fn get(&self, path: &str) -> String {
        self.send(&format!("GET {path}"), "", "")
    }

    /// The page, which must be there.
    pub(super) fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(status(&answer), 200, "{answer}");
        body_of(&answer).to_owned()
    }

    /// Sends a form as it stands on a page, with its secret.
    pub(super) fn post(&self, page: &str, path: &str, fields: &str) -> String {
        self.post_with(path, &format!("csrf={}&{fields}", secret(&self.page(page))))
    }

    /// Sends these fields.
    pub(super) fn post_with(&self, path: &str, fields: &str) -> String {
        let headers =
            format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n", fields.len());
        self.send(&format!("POST {path}"), &headers, fields)
    }
}

/// The secret of a page's forms.
pub(super) fn secret(page: &str) -> String {
    let (_, rest) = page.split_once(r#"name="csrf" value=""#).unwrap_or_else(|| panic!("no form in {page}"));
    rest.split('"').next().unwrap().to_owned()
}
