//! Questions for streams: the part of XPath that programs of the lab streaming layer use.
//!
//! `name='x' and (type='y' or not(hostname!='z'))`, with `contains` and `starts-with`; what is not understood matches nothing.

use crate::lsl::StreamInfo;

/// The longest question that is accepted.
const QUERY_MAX_BYTES: usize = 4096;
/// Parentheses within parentheses.
const DEPTH_MAX: usize = 16;

/// A question, ready to be put to descriptions.
#[derive(Clone, Debug, PartialEq)]
pub struct Query(Expression);

#[derive(Clone, Debug, PartialEq)]
enum Expression {
    Always,
    Is(Text, Text),
    IsNot(Text, Text),
    Contains(Text, Text),
    StartsWith(Text, Text),
    Not(Box<Expression>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

/// A text of a question.
#[derive(Clone, Debug, PartialEq)]
enum Text {
    Field(String),
    Literal(String),
}

impl Query {
    /// Reads a question; none if it is not understood.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > QUERY_MAX_BYTES {
            return None;
        }
        if text.trim().is_empty() {
            return Some(Self(Expression::Always));
        }
        let mut parser = Parser { rest: text, depth: 0 };
        let expression = parser.any()?;
        parser.rest.trim_start().is_empty().then_some(Self(expression))
    }

    /// Whether a stream is asked for.
    #[must_use]
    pub fn matches(&self, info: &StreamInfo) -> bool {
        let fields = info.fields();
        let text = |text: &Text| match text {
            Text::Literal(literal) => literal.clone(),
            Text::Field(name) => {
                fields.iter().find(|(field, _)| field == name).map_or_else(String::new, |(_, value)| value.clone())
            }
        };
        self.0.holds(&text)
    }
}

/// A text as a literal of a question; none if that is not possible, since XPath has no escapes.
#[must_use]
pub fn quoted(text: &str) -> Option<String> {
    let quote = ['\'', '"'].into_iter().find(|quote| !text.contains(*quote))?;
    // A line's end would end the question.
    (!text.contains(['\r', '\n'])).then(|| format!("{quote}{text}{quote}"))
}

impl Expression {
    fn holds(&self, text: &dyn Fn(&Text) -> String) -> bool {
        match self {
            Self::Always => true,
            Self::Is(a, b) => is_equal(&text(a), &text(b)),
            Self::IsNot(a, b) => !is_equal(&text(a), &text(b)),
            Self::Contains(a, b) => text(a).contains(&text(b)),
            Self::StartsWith(a, b) => text(a).starts_with(&text(b)),
            Self::Not(expression) => !expression.holds(text),
            Self::All(expressions) => expressions.iter().all(|expression| expression.holds(text)),
            Self::Any(expressions) => expressions.iter().any(|expression| expression.holds(text)),
        }
    }
}

/// As numbers where both are, since a rate of 100 can be written in several ways.
fn is_equal(a: &str, b: &str) -> bool {
    a == b || matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Option<Expression> {
        let mut expressions = vec![self.all()?];
        while self.word("or") {
            expressions.push(self.all()?);
        }
        single_or(expressions, Expression::Any)
    }

    fn all(&mut self) -> Option<Expression> {
        let mut expressions = vec![self.term()?];
        while self.word("and") {
            expressions.push(self.term()?);
        }
        single_or(expressions, Expression::All)
    }

    fn term(&mut self) -> Option<Expression> {
        if self.symbol("(") {
            return self.rest_of_group();
        }
        let name = self.text()?;
        if let Text::Field(function) = &name
            && self.symbol("(")
        {
            return match function.as_str() {
                "not" => self.rest_of_group().map(|expression| Expression::Not(Box::new(expression))),
                "contains" => self.arguments().map(|(a, b)| Expression::Contains(a, b)),
                "starts-with" => self.arguments().map(|(a, b)| Expression::StartsWith(a, b)),
                _ => None,
            };
        }
        if self.symbol("!=") {
            return Some(Expression::IsNot(name, self.text()?));
        }
        self.symbol("=").then(|| self.text().map(|text| Expression::Is(name, text)))?
    }

    /// What follows an opening parenthesis.
    fn rest_of_group(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let expression = self.any()?;
        self.depth -= 1;
        self.symbol(")").then_some(expression)
    }

    fn arguments(&mut self) -> Option<(Text, Text)> {
        let first = self.text()?;
        let second = self.symbol(",").then(|| self.text())??;
        self.symbol(")").then_some((first, second))
    }

    fn text(&mut self) -> Option<Text> {
        let rest = self.rest.trim_start();
        if let Some(quote) = rest.chars().next().filter(|it| matches!(it, '\'' | '"')) {
            let (text, rest) = rest[1..].split_once(quote)?;
            self.rest = rest;
            return Some(Text::Literal(text.to_owned()));
        }
        let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.');
        let end = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
        let (text, rest) = rest.split_at(end);
        self.rest = rest;
        let is_number = text.parse::<f64>().is_ok();
        match text {
            "" => None,
            text if is_number => Some(Text::Literal(text.to_owned())),
            text => Some(Text::Field(text.to_owned())),
        }
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(symbol);
        rest.inspect(|rest| self.rest = rest).is_some()
    }

    /// A word that ends where another could not go on.
    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(word);
        let rest = rest.filter(|rest| !rest.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '_'));
        rest.inspect(|rest| self.rest = rest).is_some()
    }
}

fn single_or(mut expressions: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Option<Expression> {
    if expressions.len() == 1 { expressions.pop() } else { Some(many(expressions)) }
}
