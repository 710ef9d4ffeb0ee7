//! Numbers in rows and named columns.

/// Numbers in rows and named columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Names of the columns, with units.
    pub columns: Vec<String>,
    /// Rows, with one value per column.
    pub rows: Vec<Vec<Value>>,
}

/// A value in a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number, and its decimals on the page.
    Number(f64, usize),
    /// Nothing.
    Missing,
}

impl Table {
    /// An empty table with these columns.
    #[must_use]
    pub fn new(columns: &[&str]) -> Self {
        Self { columns: columns.iter().map(|&column| column.to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: impl IntoIterator<Item = Value>) {
        self.rows.push(row.into_iter().collect());
    }

    /// As comma-separated values (RFC 4180), numbers in full.
    #[must_use]
    pub fn csv(&self) -> String {
        let header = self.columns.iter().map(|column| quoted(column)).collect();
        let rows = self.rows.iter().map(|row| row.iter().map(Value::csv).collect());
        let lines = std::iter::once::<Vec<String>>(header).chain(rows);
        lines.map(|fields| fields.join(",") + "\r\n").collect()
    }
}

impl Value {
    fn csv(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Number(number, _) => number.to_string(),
            Self::Missing => String::new(),
        }
    }

    /// As the page shows it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number, digits) => format!("{number:.digits$}"),
            Self::Missing => "–".to_owned(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as f64, 0)
    }
}

impl From<Option<f64>> for Value {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Missing, |number| Self::Number(number, 3))
    }
}

fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_keeps_every_digit_and_quotes_what_needs_it() {
        let mut table = Table::new(&["name", "share, of all"]);
        table.push(["a \"b\"".into(), Value::Number(1.0 / 3.0, 2)]);
        table.push(["c".into(), Value::Missing]);
        assert_eq!(table.csv(), "name,\"share, of all\"\r\n\"a \"\"b\"\"\",0.3333333333333333\r\nc,\r\n");
        assert_eq!(table.rows[0][1].shown(), "0.33");
    }
}
