//! A request, with the trail that decisions on it are written to.

#[cfg(feature = "audit")]
use std::cell::RefCell;
use std::fmt;
#[cfg(feature = "audit")]
use std::sync::Arc;

#[cfg(feature = "audit")]
use super::{Audit, trail::Request};

/// The settings of a layer's audit trail, if it has one.
#[derive(Clone, Default)]
pub(crate) struct AuditSettings(#[cfg(feature = "audit")] Option<Arc<Audit>>);

/// A request, if its layer has an audit trail.
#[derive(Clone, Default)]
pub(crate) struct AuditedRequest(#[cfg(feature = "audit")] pub(super) Option<Arc<Request>>);

#[cfg(feature = "audit")]
impl AuditSettings {
    pub(crate) fn of(audit: Audit) -> Self {
        Self(Some(Arc::new(audit)))
    }
}

impl AuditSettings {
    /// A request that arrives with these headers.
    #[inline]
    pub(crate) fn request(&self, headers: &http::HeaderMap) -> AuditedRequest {
        #[cfg(feature = "audit")]
        if let Some(settings) = &self.0 {
            return AuditedRequest(Some(Arc::new(Request::new(settings, headers))));
        }
        AuditedRequest::none()
    }
}

impl AuditedRequest {
    /// A request that is in no trail.
    #[inline]
    pub(crate) const fn none() -> Self {
        Self(
            #[cfg(feature = "audit")]
            None,
        )
    }

    #[inline]
    pub(crate) const fn is_on(&self) -> bool {
        #[cfg(feature = "audit")]
        return self.0.is_some();
        #[cfg(not(feature = "audit"))]
        false
    }
}

impl AuditedRequest {
    /// Runs work that decides on the request: its decisions are those of this request.
    #[inline]
    pub(crate) fn enter<R>(&self, work: impl FnOnce() -> R) -> R {
        #[cfg(feature = "audit")]
        let _entered = self.is_on().then(|| Entered::new(self));
        work()
    }
}

#[cfg(feature = "audit")]
impl AuditedRequest {
    pub(in crate::observe) fn request(&self) -> Option<&Request> {
        self.0.as_deref()
    }

    /// Looks at the request on which the running code decides, if it is in a trail.
    #[inline]
    pub(in crate::observe) fn with_current(look: impl FnOnce(&Request)) {
        // The current one is gone while its thread ends. A subscriber may run code that enters another one.
        let current = CURRENT.try_with(|current| current.borrow().0.clone());
        if let Some(request) = current.ok().flatten() {
            look(&request);
        }
    }
}

#[cfg(feature = "audit")]
thread_local! {
    static CURRENT: RefCell<AuditedRequest> = const { RefCell::new(AuditedRequest::none()) };
}

/// Keeps a request current; dropping it restores the one before.
#[cfg(feature = "audit")]
struct Entered(AuditedRequest);

#[cfg(feature = "audit")]
impl Entered {
    fn new(request: &AuditedRequest) -> Self {
        Self(replace(request.clone()))
    }
}

#[cfg(feature = "audit")]
impl Drop for Entered {
    fn drop(&mut self) {
        replace(std::mem::take(&mut self.0));
    }
}

#[cfg(feature = "audit")]
fn replace(request: AuditedRequest) -> AuditedRequest {
    // The current one is gone while its thread ends.
    CURRENT
        .try_with(|current| current.replace(request))
        .unwrap_or_default()
}

impl fmt::Debug for AuditedRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("AuditedRequest")
            .field(&self.is_on())
            .finish()
    }
}
