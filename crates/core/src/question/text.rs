//! A text that is read character by character, and what its values are.

use super::QuestionError;

/// Characters with a meaning between a name and its value.
const OPERATORS: [char; 5] = ['=', '!', '^', '*', '~'];

/// What is left of a text.
pub(super) struct Text<'t> {
    whole: &'t str,
    chars: Vec<char>,
    at: usize,
    end: usize,
}

impl<'t> Text<'t> {
    pub(super) fn new(whole: &'t str) -> Self {
        let chars: Vec<char> = whole.chars().collect();
        Self {
            whole,
            at: 0,
            end: chars.len(),
            chars,
        }
    }

    /// Which character is next, from 0.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars[..self.end].get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    /// Takes the next character if it is this one.
    pub(super) fn takes(&mut self, char: char) -> bool {
        let is_next = self.peek() == Some(char);
        self.at += usize::from(is_next);
        is_next
    }

    /// Passes over spaces; says whether there were any.
    pub(super) fn spaces(&mut self) -> bool {
        let from = self.at;
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        self.at > from
    }

    /// Takes the next letters if they are this word, in any case.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let letters = self.chars[self.at..self.end].iter();
        let letters: String = letters.take_while(|char| char.is_alphabetic()).collect();
        let is_next = letters.eq_ignore_ascii_case(word);
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// What was expected at a character, from 0.
    pub(super) fn expected(&self, at: usize, expected: impl Into<String>) -> QuestionError {
        QuestionError {
            text: self.whole.to_owned(),
            column: at + 1,
            expected: expected.into(),
        }
    }

    /// Ends the text before its last character that is no space, if that is this one.
    pub(super) fn close(&mut self, last: char) -> Result<(), QuestionError> {
        let mut end = self.end;
        while end > self.at && self.chars[end - 1].is_whitespace() {
            end -= 1;
        }
        if end == self.at || self.chars[end - 1] != last {
            return Err(self.expected(self.end, format!("a closing {last}")));
        }
        self.end = end - 1;
        Ok(())
    }

    /// A name: up to an operator or a space. Of what a backslash keeps, dots and backslashes are the path's own to read.
    pub(super) fn name(&mut self) -> Result<String, QuestionError> {
        let mut name = String::new();
        while let Some(char) = self.peek() {
            if OPERATORS.contains(&char) || char.is_whitespace() {
                break;
            }
            self.at += 1;
            if char != '\\' {
                name.push(char);
                continue;
            }
            match self.next() {
                Some(kept @ ('.' | '\\')) => name.extend(['\\', kept]),
                Some(kept) => name.push(kept),
                None => return Err(self.expected(self.at, "a character after the backslash")),
            }
        }
        Ok(name)
    }

    /// All that is left as a list, with commas between its values. Spaces around a value do not belong to it.
    pub(super) fn values(&mut self) -> Result<Vec<String>, QuestionError> {
        self.spaces();
        let mut values = Vec::new();
        if self.peek().is_none() {
            return Ok(values);
        }
        loop {
            let from = self.at;
            let (value, is_last) = self.value(true)?;
            if value.is_empty() {
                return Err(self.expected(from, "a value on each side of a comma"));
            }
            values.push(value);
            if is_last {
                return Ok(values);
            }
        }
    }

    /// All that is left as one value, in which a comma is a comma.
    pub(super) fn rest(&mut self) -> Result<String, QuestionError> {
        Ok(self.value(false)?.0)
    }

    /// A value, and whether it was the last.
    fn value(&mut self, in_list: bool) -> Result<(String, bool), QuestionError> {
        self.spaces();
        let mut value = String::new();
        // Behind this there are only spaces.
        let mut kept = 0;
        let is_last = loop {
            match self.next() {
                None => break true,
                Some(',') if in_list => break false,
                Some('\\') => {
                    value.push(self.escaped()?);
                    kept = value.len();
                }
                Some(char) => {
                    value.push(char);
                    if !char.is_whitespace() {
                        kept = value.len();
                    }
                }
            }
        };
        value.truncate(kept);
        Ok((value, is_last))
    }

    fn escaped(&mut self) -> Result<char, QuestionError> {
        match self.next() {
            Some(kept @ (',' | '\\')) => Ok(kept),
            Some(space) if space.is_whitespace() => Ok(space),
            _ => Err(self.expected(
                self.at.saturating_sub(1),
                r"\, (a comma), \\ (a backslash) or a space after the backslash",
            )),
        }
    }
}

/// A path as a name is written.
pub(super) fn written_name(path: &str) -> String {
    let mut written = String::new();
    let mut chars = path.chars();
    while let Some(char) = chars.next() {
        if char == '\\' {
            written.push(char);
            written.extend(chars.next());
            continue;
        }
        if OPERATORS.contains(&char) || char.is_whitespace() {
            written.push('\\');
        }
        written.push(char);
    }
    written
}

/// A value as it is written, in a list or alone.
pub(super) fn written_value(value: &str, in_list: bool) -> String {
    let mut written = String::new();
    let last = value.chars().count().saturating_sub(1);
    for (at, char) in value.chars().enumerate() {
        let is_edge = at == 0 || at == last;
        if char == '\\' || (char == ',' && in_list) || (is_edge && char.is_whitespace()) {
            written.push('\\');
        }
        written.push(char);
    }
    written
}
