//! A browser with cookies that follows redirects within the server and stops at the client's.

use http::header::LOCATION;
use reqwest::{StatusCode, redirect};

use super::Server;
use super::page::{Form, Page};

pub(crate) struct Browser {
    client: reqwest::Client,
    issuer: String,
}

/// The page that the browser shows, or the URL that it was redirected to.
#[derive(Debug)]
pub(crate) enum Shown {
    Page(Page),
    Elsewhere(String),
}

impl Browser {
    pub(crate) fn new(server: &Server) -> Self {
        let client = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build();
        Self {
            client: client.unwrap(),
            issuer: server.issuer.clone(),
        }
    }

    pub(crate) async fn open(&self, url: &str) -> Shown {
        self.show(self.client.get(url)).await
    }

    /// Sends a form as a browser does from a page of the server.
    pub(crate) async fn send(&self, form: &Form) -> Shown {
        self.send_from(form, &self.issuer).await
    }

    pub(crate) async fn send_from(&self, form: &Form, origin: &str) -> Shown {
        let url = format!("{}{}", self.issuer, form.action);
        let request = self.client.post(url).form(&form.fields);
        self.show(request.header("origin", origin)).await
    }

    async fn show(&self, request: reqwest::RequestBuilder) -> Shown {
        let mut response = request.send().await.unwrap();
        for _ in 0..5 {
            let Some(location) = response.headers().get(LOCATION) else {
                return Shown::Page(Page {
                    status: response.status(),
                    headers: response.headers().clone(),
                    text: response.text().await.unwrap(),
                });
            };
            assert_eq!(response.status(), StatusCode::SEE_OTHER);
            let location = location.to_str().unwrap();
            if !location.starts_with('/') {
                return Shown::Elsewhere(location.to_owned());
            }
            let next = self.client.get(format!("{}{location}", self.issuer));
            response = next.send().await.unwrap();
        }
        panic!("redirects without an end");
    }

    /// Signs in where that is asked for, and shows the page to consent.
    pub(crate) async fn sign_in(&self, url: &str, name: &str) -> Page {
        let page = self.open(url).await.page();
        if !page.text.contains("name=\"login\"") {
            return page;
        }
        self.send(&page.form().with("login", name)).await.page()
    }
}

impl Shown {
    pub(crate) fn page(self) -> Page {
        match self {
            Self::Page(page) => page,
            Self::Elsewhere(location) => panic!("sent to {location}"),
        }
    }

    pub(crate) fn location(self) -> String {
        match self {
            Self::Elsewhere(location) => location,
            Self::Page(page) => panic!("a page: {}", page.text),
        }
    }
}
