//! The words and signs of an expression, with their columns.

use super::FilterError;

/// A word or sign, and the column of its first character, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lexeme {
    pub(super) column: usize,
    pub(super) token: Token,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    /// A word in lower case: a property, an operator without its dash, or `and`, `or`, `not`.
    Word(String),
    /// What stood between double quotes.
    Text(String),
    /// A sign that has no meaning here.
    Other(char),
    End,
}

impl Token {
    /// The words for an error.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::OpenList => "`[`".to_owned(),
            Self::CloseList => "`]`".to_owned(),
            Self::Comma => "`,`".to_owned(),
            Self::Word(word) => format!("`{word}`"),
            Self::Text(text) => format!("\"{text}\""),
            Self::Other(sign) => format!("`{sign}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// Splits an expression; the last lexeme is always [`Token::End`].
pub(super) fn split(text: &str) -> Result<Vec<Lexeme>, FilterError> {
    let mut lexemes = Vec::new();
    let mut rest = (1_usize..).zip(text.chars()).peekable();
    while let Some((column, sign)) = rest.next() {
        let token = match sign {
            '(' => Token::Open,
            ')' => Token::Close,
            '[' => Token::OpenList,
            ']' => Token::CloseList,
            ',' => Token::Comma,
            '"' => {
                let mut word = String::new();
                loop {
                    match rest.next() {
                        Some((_, '"')) => break,
                        Some((_, sign)) => word.push(sign),
                        None => return Err(FilterError::OpenText { column }),
                    }
                }
                Token::Text(word)
            }
            _ if sign.is_whitespace() => continue,
            _ if is_word(sign) || sign == '-' => {
                let mut word: String = if sign == '-' { String::new() } else { sign.to_lowercase().collect() };
                while let Some((_, sign)) = rest.next_if(|(_, sign)| is_word(*sign)) {
                    word.extend(sign.to_lowercase());
                }
                if word.is_empty() { Token::Other(sign) } else { Token::Word(word) }
            }
            _ => Token::Other(sign),
        };
        lexemes.push(Lexeme { column, token });
    }
    lexemes.push(Lexeme { column: text.chars().count() + 1, token: Token::End });
    Ok(lexemes)
}

/// The signs of properties and operators.
fn is_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '.' || sign == '_'
}
