//! A page as a browser reads it.

use std::collections::BTreeMap;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};
use http::HeaderMap;
use reqwest::StatusCode;

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// A start tag.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    attributes: BTreeMap<String, String>,
}

/// The fields of the page's form that a browser would send.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn tags(&self) -> Vec<Tag> {
        let tags = self.tokens().filter_map(|token| match token {
            Token::StartTag(tag) => Some(tag),
            _ => None,
        });
        let tags = tags.map(|tag| Tag {
            name: text(&tag.name),
            attributes: tag
                .attributes
                .iter()
                .map(|(name, value)| (text(name), text(value)))
                .collect(),
        });
        tags.collect()
    }

    /// Returns the text in the page's `main` element.
    pub(crate) fn main_text(&self) -> String {
        let tokens = self.tokens();
        let main = tokens
            .skip_while(|token| !matches!(token, Token::StartTag(tag) if *tag.name == b"main"[..]));
        let main = main
            .take_while(|token| !matches!(token, Token::EndTag(tag) if *tag.name == b"main"[..]));
        let strings = main.filter_map(|token| match token {
            Token::String(string) => Some(text(&string)),
            _ => None,
        });
        strings.collect()
    }

    pub(crate) fn form(&self) -> Form {
        let tags = self.tags();
        let form = tags.iter().find(|tag| tag.name == "form").expect("a form");
        let is_sent = |tag: &&Tag| {
            tag.attribute("type") != Some("checkbox") || tag.attribute("checked").is_some()
        };
        let inputs = tags.iter().filter(|tag| tag.name == "input");
        let fields = inputs.filter(is_sent).map(|input| {
            let value = input.attribute("value").unwrap_or_default();
            (
                input.attribute("name").unwrap().to_owned(),
                value.to_owned(),
            )
        });
        Form {
            action: form.attribute("action").unwrap().to_owned(),
            fields: fields.collect(),
        }
    }

    fn tokens(&self) -> impl Iterator<Item = Token> {
        let mut emitter = DefaultEmitter::default();
        // The content of `style` and `script` is no markup.
        emitter.naively_switch_states(true);
        let tokens = Tokenizer::new_with_emitter(&self.text, emitter);
        tokens.map(|token| match token {
            Ok(Token::Error(error)) => panic!("{error:?} in {}", self.text),
            Ok(token) => token,
            Err(never) => match never {},
        })
    }
}

impl Tag {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

impl Form {
    /// The form with a field filled in, or with a button pressed.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The form with a checkbox unticked.
    pub(crate) fn without(mut self, name: &str, value: &str) -> Self {
        self.fields
            .retain(|field| *field != (name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let fields = self.fields.iter().filter(|(field, _)| field == name);
        fields.map(|(_, value)| value.as_str()).collect()
    }
}
