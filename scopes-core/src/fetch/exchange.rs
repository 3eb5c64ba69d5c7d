//! Requests and responses in the types of the `http` crate, for the clients that use them.

use std::error::Error;
use std::fmt::Write as _;

use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, USER_AGENT,
};
use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt;

use super::{FetchError, FetchRequest, FetchResponse};

pub(crate) const NAME: &str = concat!("scopes-core/", env!("CARGO_PKG_VERSION"));
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// The request to send, once its URL has been checked.
pub(crate) fn to_http(request: &FetchRequest) -> Result<Request<Vec<u8>>, FetchError> {
    request.check_url()?;
    let mut builder = match &request.form {
        None => Request::get(&request.url),
        Some(_) => Request::post(&request.url).header(CONTENT_TYPE, FORM),
    };
    if let Some(authorization) = &request.authorization {
        let mut value = HeaderValue::from_str(authorization).map_err(|_| {
            FetchError::new("the client's credentials have characters that no header can carry")
        })?;
        value.set_sensitive(true);
        builder = builder.header(AUTHORIZATION, value);
    }
    let body = request.form.as_ref().map_or_else(Vec::new, |form| {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form).finish().into_bytes()
    });
    builder
        .header(ACCEPT, HeaderValue::from_static("application/json"))
        .header(ACCEPT_ENCODING, HeaderValue::from_static("identity"))
        .header(USER_AGENT, HeaderValue::from_static(NAME))
        .body(body)
        .map_err(|_| FetchError::new(format!("`{}` is not a URL", request.url)))
}

/// Reads a response of at most `max_bytes`.
pub(crate) async fn read<B>(
    response: Response<B>,
    max_bytes: usize,
    describe: impl Fn(B::Error) -> FetchError,
) -> Result<FetchResponse, FetchError>
where
    B: Body + Unpin,
    B::Data: AsRef<[u8]>,
{
    let (head, body) = response.into_parts();
    let body = read_body(&head.headers, body, max_bytes, describe).await?;
    let mut answer = FetchResponse::new(head.status.as_u16(), body);
    answer.headers = texts(&head.headers);
    Ok(answer)
}

/// Reads the body of a response of at most `max_bytes`.
pub(crate) async fn read_body<B>(
    headers: &HeaderMap,
    mut body: B,
    max_bytes: usize,
    describe: impl Fn(B::Error) -> FetchError,
) -> Result<Vec<u8>, FetchError>
where
    B: Body + Unpin,
    B::Data: AsRef<[u8]>,
{
    let too_large = || FetchError::new(format!("the response is larger than {max_bytes} bytes"));
    let announced = headers.get(CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|announced| u64::try_from(max_bytes).is_ok_and(|max| announced > max))
    {
        return Err(too_large());
    }
    let mut received = Vec::new();
    while let Some(frame) = body.frame().await {
        // Trailers are ignored.
        let Ok(data) = frame.map_err(&describe)?.into_data() else {
            continue;
        };
        let data = data.as_ref();
        if data.len() > max_bytes - received.len() {
            return Err(too_large());
        }
        received.extend_from_slice(data);
    }
    Ok(received)
}

/// Returns the names and values of the headers; values that are not text are left out.
pub(crate) fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}

/// An error and its causes in one line: clients hide what happened behind "error sending request".
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string does not fail.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
