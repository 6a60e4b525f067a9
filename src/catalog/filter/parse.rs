//! Reads an expression and evaluates it.
//!
//! `either = all ("or" all)*`, `all = single ("and" single)*`, `single = "not" single | "(" either ")" | comparison`,
//! `comparison = property operator (text | "[" text ("," text)* "]")` (B-12.14).

use super::lexer::{Lexeme, Token, split};
use super::properties::{Properties, Property};
use super::{Expected, FilterError};

/// An expression, with every text in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Expression {
    Either(Vec<Expression>),
    All(Vec<Expression>),
    Not(Box<Expression>),
    Compare(Property, Operator, Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operator {
    Equals,
    Differs,
    In,
    NotIn,
    Contains,
    NotContains,
    StartsWith,
    NotStartsWith,
    EndsWith,
    NotEndsWith,
}

impl Operator {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Equals,
            "ne" => Self::Differs,
            "in" => Self::In,
            "notin" => Self::NotIn,
            "contains" => Self::Contains,
            "notcontains" => Self::NotContains,
            "startswith" => Self::StartsWith,
            "notstartswith" => Self::NotStartsWith,
            "endswith" => Self::EndsWith,
            "notendswith" => Self::NotEndsWith,
            _ => return None,
        })
    }

    const fn takes_list(self) -> bool {
        matches!(self, Self::In | Self::NotIn)
    }

    fn holds(self, value: &str, texts: &[String]) -> bool {
        let any = |test: fn(&str, &str) -> bool| texts.iter().any(|text| test(value, text));
        match self {
            Self::Equals | Self::In => any(|value, text| value == text),
            Self::Differs | Self::NotIn => !any(|value, text| value == text),
            Self::Contains => any(|value, text| value.contains(text)),
            Self::NotContains => !any(|value, text| value.contains(text)),
            Self::StartsWith => any(|value, text| value.starts_with(text)),
            Self::NotStartsWith => !any(|value, text| value.starts_with(text)),
            Self::EndsWith => any(|value, text| value.ends_with(text)),
            Self::NotEndsWith => !any(|value, text| value.ends_with(text)),
        }
    }
}

impl Expression {
    pub(super) fn matches(&self, properties: &Properties) -> bool {
        match self {
            Self::Either(parts) => parts.iter().any(|part| part.matches(properties)),
            Self::All(parts) => parts.iter().all(|part| part.matches(properties)),
            Self::Not(part) => !part.matches(properties),
            Self::Compare(property, operator, texts) => {
                // Comparison ignores case (B-12.14).
                let value = properties.get(property.name()).unwrap_or_default().to_lowercase();
                operator.holds(&value, texts)
            }
        }
    }

    pub(super) fn reads(&self, property: Property) -> bool {
        match self {
            Self::Either(parts) | Self::All(parts) => parts.iter().any(|part| part.reads(property)),
            Self::Not(part) => part.reads(property),
            Self::Compare(read, _, _) => *read == property,
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Expression, FilterError> {
    let lexemes = split(text)?;
    let mut parser = Parser { rest: &lexemes, depth: 0 };
    let expression = parser.either()?;
    match parser.peek() {
        Token::End => Ok(expression),
        Token::Open
        | Token::Close
        | Token::OpenList
        | Token::CloseList
        | Token::Comma
        | Token::Word(_)
        | Token::Text(_)
        | Token::Other(_) => Err(parser.expected(Expected::AndOrEnd)),
    }
}

/// Deep enough for any expression that people write, and safe on a small stack.
const DEPTH_MAX: usize = 64;
const END: Token = Token::End;

struct Parser<'a> {
    /// Ends with [`Token::End`], which is never taken.
    rest: &'a [Lexeme],
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a Token {
        self.rest.first().map_or(&END, |lexeme| &lexeme.token)
    }

    fn column(&self) -> usize {
        self.rest.first().map_or(0, |lexeme| lexeme.column)
    }

    fn skip(&mut self) {
        if self.rest.len() > 1 {
            self.rest = &self.rest[1..];
        }
    }

    /// Takes the token if it is this one.
    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == token;
        if found {
            self.skip();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Word(found) if found == word);
        if found {
            self.skip();
        }
        found
    }

    fn expected(&self, expected: Expected) -> FilterError {
        FilterError::Syntax { column: self.column(), expected, found: self.peek().describe() }
    }

    fn either(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.all()?];
        while self.take_word("or") {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Expression::Either))
    }

    fn all(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.single()?];
        while self.take_word("and") {
            parts.push(self.single()?);
        }
        Ok(joined(parts, Expression::All))
    }

    fn single(&mut self) -> Result<Expression, FilterError> {
        if self.depth == DEPTH_MAX {
            return Err(FilterError::TooDeep { column: self.column(), limit: DEPTH_MAX });
        }
        self.depth += 1;
        let expression = if self.take_word("not") {
            Expression::Not(Box::new(self.single()?))
        } else if self.take(&Token::Open) {
            let inner = self.either()?;
            if !self.take(&Token::Close) {
                return Err(self.expected(Expected::Parenthesis));
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn comparison(&mut self) -> Result<Expression, FilterError> {
        let Token::Word(name) = self.peek() else { return Err(self.expected(Expected::Condition)) };
        let Some(bare) = name.strip_prefix("device.") else { return Err(self.expected(Expected::Condition)) };
        let Some(property) = Property::named(bare) else {
            return Err(FilterError::UnknownProperty {
                column: self.column(),
                name: name.clone(),
                nearest: Property::nearest(name),
            });
        };
        self.skip();
        let Token::Word(word) = self.peek() else { return Err(self.expected(Expected::Operator)) };
        let Some(operator) = Operator::named(word) else { return Err(self.expected(Expected::Operator)) };
        self.skip();
        let texts = if operator.takes_list() { self.list()? } else { vec![self.text()?] };
        Ok(Expression::Compare(property, operator, texts))
    }

    fn text(&mut self) -> Result<String, FilterError> {
        let Token::Text(text) = self.peek() else { return Err(self.expected(Expected::Text)) };
        self.skip();
        Ok(text.to_lowercase())
    }

    fn list(&mut self) -> Result<Vec<String>, FilterError> {
        if !self.take(&Token::OpenList) {
            return Err(self.expected(Expected::List));
        }
        let mut texts = vec![self.text()?];
        while !self.take(&Token::CloseList) {
            if !self.take(&Token::Comma) {
                return Err(self.expected(Expected::CommaOrBracket));
            }
            texts.push(self.text()?);
        }
        Ok(texts)
    }
}

/// One part as itself, several joined.
fn joined(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}
