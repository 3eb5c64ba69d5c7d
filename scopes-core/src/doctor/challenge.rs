//! Reads `WWW-Authenticate` as RFC 9110 section 11.6.1 writes it, without repairing anything.

/// One challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReadChallenge {
    pub(super) scheme: String,
    /// The parameters in their order, names in lower case.
    pub(super) parameters: Vec<(String, String)>,
}

impl ReadChallenge {
    /// Returns the first value of the parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let found = parameters.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns a parameter that is there more than once.
    pub(super) fn repeated(&self) -> Option<&str> {
        let names = self.parameters.iter().enumerate();
        let mut repeated = names.filter(|(place, (name, _))| {
            let mut earlier = self.parameters[..*place].iter();
            earlier.any(|(known, _)| known == name)
        });
        repeated.next().map(|(_, (name, _))| name.as_str())
    }
}

/// Reads all challenges of one header.
///
/// # Errors
///
/// Returns the first thing that is not in the grammar, and where.
pub(super) fn read(header: &str) -> Result<Vec<ReadChallenge>, String> {
    let mut reader = Reader {
        text: header,
        at: 0,
    };
    let mut challenges = Vec::new();
    loop {
        reader.skip(&[' ', '\t', ',']);
        if reader.rest().is_empty() {
            break;
        }
        challenges.push(reader.challenge()?);
    }
    if challenges.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(challenges)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip(&mut self, characters: &[char]) {
        self.at = self.text.len() - self.rest().trim_start_matches(characters).len();
    }

    fn take(&mut self, expected: char) -> bool {
        let is_next = self.rest().starts_with(expected);
        self.at += if is_next { expected.len_utf8() } else { 0 };
        is_next
    }

    fn expected(&self, what: &str) -> String {
        format!("expected {what} at character {}", self.at + 1)
    }

    /// challenge = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
    fn challenge(&mut self) -> Result<ReadChallenge, String> {
        let mut challenge = ReadChallenge {
            scheme: self.token("a scheme")?,
            parameters: Vec::new(),
        };
        if !self.take(' ') {
            self.end_of_element()?;
            return Ok(challenge);
        }
        self.skip(&[' ']);
        if self.is_token68() {
            return Ok(challenge);
        }
        loop {
            challenge.parameters.push(self.parameter()?);
            self.skip(&[' ', '\t']);
            let before = self.at;
            self.end_of_element()?;
            self.skip(&[' ', '\t', ',']);
            if self.rest().is_empty() || !self.is_parameter() {
                self.at = before;
                return Ok(challenge);
            }
        }
    }

    fn end_of_element(&self) -> Result<(), String> {
        let rest = self.rest();
        if rest.is_empty() || rest.starts_with(',') {
            Ok(())
        } else {
            Err(self.expected("a comma"))
        }
    }

    /// Skips a `token68` that is the whole of the challenge.
    fn is_token68(&mut self) -> bool {
        let is_of_it = |byte: char| byte.is_ascii_alphanumeric() || "-._~+/".contains(byte);
        let rest = self.rest();
        let after = rest.trim_start_matches(is_of_it);
        let after = after.trim_start_matches('=');
        let end = self.text.len() - after.len();
        let is_whole = after.is_empty() || after.starts_with(',');
        if is_whole && end > self.at {
            self.at = end;
        }
        is_whole
    }

    /// Returns whether a parameter follows, and no scheme.
    fn is_parameter(&self) -> bool {
        let after = self.rest().trim_start_matches(is_token_character);
        after.trim_start_matches([' ', '\t']).starts_with('=')
    }

    /// auth-param = token BWS "=" BWS ( token / quoted-string )
    fn parameter(&mut self) -> Result<(String, String), String> {
        let name = self.token("a parameter")?.to_ascii_lowercase();
        self.skip(&[' ', '\t']);
        if !self.take('=') {
            return Err(self.expected("`=`"));
        }
        self.skip(&[' ', '\t']);
        let value = if self.take('"') {
            self.quoted()?
        } else {
            self.token("a value")?
        };
        Ok((name, value))
    }

    fn quoted(&mut self) -> Result<String, String> {
        let mut value = String::new();
        let mut characters = self.rest().chars();
        loop {
            match characters.next() {
                Some('"') => break,
                Some('\\') => match characters.next() {
                    Some(escaped) => value.push(escaped),
                    None => return Err("a quote is not closed".to_owned()),
                },
                Some(character) => value.push(character),
                None => return Err("a quote is not closed".to_owned()),
            }
        }
        self.at = self.text.len() - characters.as_str().len();
        Ok(value)
    }

    fn token(&mut self, what: &str) -> Result<String, String> {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches(is_token_character).len();
        if length == 0 {
            return Err(self.expected(what));
        }
        let token = rest[..length].to_owned();
        self.at += length;
        Ok(token)
    }
}

/// RFC 9110 section 5.6.2.
fn is_token_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character)
}
