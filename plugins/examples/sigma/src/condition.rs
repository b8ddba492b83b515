//! A rule's condition: `selection and not 1 of filter_*`.

use crate::pattern::Glob;
use crate::rule::Expression;

/// Most words of a condition.
const WORDS: usize = 500;
/// How deep its brackets may nest.
const DEPTH: usize = 32;
/// How large it may become when `them` and names with `*` are written out.
const PARTS: usize = 20_000;

/// Reads a condition over selections, which are given by name.
pub fn parse(text: &str, selections: &[(String, Expression)]) -> Result<Expression, String> {
    let words = words(text)?;
    let mut reader = Reader {
        words: &words,
        at: 0,
        selections,
        parts: 0,
    };
    let expression = reader.any(0)?;
    match reader.peek() {
        None => Ok(expression),
        Some("|") => Err(format!(
            "condition: aggregations ({text:?}) are not supported"
        )),
        Some(word) => Err(format!("condition: {word:?} is not expected there")),
    }
}

fn words(text: &str) -> Result<Vec<String>, String> {
    let spaced = ["(", ")", "|"].iter().fold(text.to_owned(), |text, sign| {
        text.replace(sign, &format!(" {sign} "))
    });
    let words: Vec<String> = spaced.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        return Err("condition: it is empty".to_owned());
    }
    if words.len() > WORDS {
        return Err(format!("condition: it has more than {WORDS} words"));
    }
    Ok(words)
}

struct Reader<'r> {
    words: &'r [String],
    at: usize,
    selections: &'r [(String, Expression)],
    parts: usize,
}

impl<'r> Reader<'r> {
    fn peek(&self) -> Option<&'r str> {
        self.words.get(self.at).map(String::as_str)
    }

    /// Takes the next word if it is this one, in any case.
    fn takes(&mut self, word: &str) -> bool {
        let is_there = self
            .peek()
            .is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(is_there);
        is_there
    }

    fn any(&mut self, depth: usize) -> Result<Expression, String> {
        let mut parts = vec![self.all(depth)?];
        while self.takes("or") {
            parts.push(self.all(depth)?);
        }
        Ok(Expression::any(parts))
    }

    fn all(&mut self, depth: usize) -> Result<Expression, String> {
        let mut parts = vec![self.one(depth)?];
        while self.takes("and") {
            parts.push(self.one(depth)?);
        }
        Ok(Expression::all(parts))
    }

    fn one(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > DEPTH {
            return Err(format!("condition: it nests more than {DEPTH} deep"));
        }
        if self.takes("not") {
            return Ok(Expression::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.takes("(") {
            let inner = self.any(depth + 1)?;
            return if self.takes(")") {
                Ok(inner)
            } else {
                Err("condition: a bracket is not closed".to_owned())
            };
        }
        let word = self.peek().ok_or("condition: it ends too early")?;
        self.at += 1;
        if self
            .peek()
            .is_some_and(|next| next.eq_ignore_ascii_case("of"))
        {
            self.at += 1;
            return self.of(word);
        }
        let found = self.selections.iter().find(|(name, _)| name == word);
        let (_, expression) =
            found.ok_or_else(|| format!("condition: there is no selection {word:?}"))?;
        self.count(expression)
    }

    /// `1 of them`, `all of filter_*`, `1 of sel*_a*`.
    fn of(&mut self, how_many: &str) -> Result<Expression, String> {
        let pattern = self.peek().ok_or("condition: it ends after `of`")?;
        self.at += 1;
        let glob = Glob::parse(
            if pattern == "them" { "*" } else { pattern },
            true,
            false,
            false,
        );
        // Names that begin with _ are parts for other rules to use, which only their own names bring in.
        let matches = |name: &str| !name.starts_with('_') && glob.matches(name);
        let mut parts = vec![];
        for (_, expression) in self.selections.iter().filter(|(name, _)| matches(name)) {
            parts.push(self.count(expression)?);
        }
        if parts.is_empty() {
            return Err(format!("condition: no selection is called {pattern:?}"));
        }
        match how_many {
            "1" | "any" => Ok(Expression::any(parts)),
            "all" => Ok(Expression::all(parts)),
            _ => Err(format!(
                "condition: \"{how_many} of\" is not supported; 1 of and all of are"
            )),
        }
    }

    fn count(&mut self, expression: &Expression) -> Result<Expression, String> {
        self.parts += expression.size();
        if self.parts > PARTS {
            return Err(format!(
                "condition: written out it has more than {PARTS} parts"
            ));
        }
        Ok(expression.clone())
    }
}
