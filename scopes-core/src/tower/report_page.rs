//! The report as a page, for mounting as a route.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Method, Request, Response};
use tower_service::Service;

use super::answer;
use super::own_body::OwnBody;
use super::refusal::Refusal;
use crate::authorize::guard_current;
use crate::report::Report;
use crate::scope::{Arguments, Requirement};

/// A service that answers with [`Report::page`] if the caller satisfies a requirement. It is not
/// mounted by default. Mount it inside a [`ProtectLayer`](super::ProtectLayer):
///
/// ```
/// use axum::Router;
/// use scopes_core::{Registry, Requirement, ScopeName, report::Report, tower::ReportPage};
///
/// let report = Report::from_registry(&Registry::of_program());
/// let page = ReportPage::new(&report, Requirement::one(ScopeName::from_static("admin")));
/// let app: Router = Router::new().route_service("/scopes", page);
/// # drop(app);
/// ```
///
/// A caller without a token is always refused, even if the requirement is public: the page would
/// show an attacker all operations. [Hidden](crate::ScopeDeclaration::is_hidden) scopes are not
/// shown.
#[derive(Clone, Debug)]
pub struct ReportPage {
    requirement: Requirement,
    page: Bytes,
}

impl ReportPage {
    /// Returns the page of `report`, for callers who satisfy `requirement`.
    #[must_use]
    pub fn new(report: &Report, requirement: Requirement) -> Self {
        let requirement = if requirement.is_public() {
            Requirement::authenticated()
        } else {
            requirement
        };
        Self {
            requirement,
            page: report.published().page().into(),
        }
    }

    fn respond(&self, method: &Method) -> Response<OwnBody> {
        if let Err(refusal) = guard_current(&self.requirement, Arguments::NONE) {
            return Refusal::from(refusal).into_response();
        }
        let body = match *method {
            Method::GET => self.page.clone(),
            Method::HEAD => Bytes::new(),
            _ => return answer::method_not_allowed("GET, HEAD").map(OwnBody::from),
        };
        let mut response = Response::new(OwnBody::from(body));
        let headers: [(HeaderName, &str); 5] = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
            // The page itself has a policy for scripts; `frame-ancestors` works in a header only.
            (CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
            (REFERRER_POLICY, "no-referrer"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        for (name, value) in headers {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl<B> Service<Request<B>> for ReportPage {
    type Response = Response<OwnBody>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.respond(request.method())))
    }
}
