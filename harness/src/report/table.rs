//! Plain text in columns.

/// The rows as lines, each column as wide as its widest cell. From column `numbers` on, cells stand at the right.
pub fn align(rows: &[Vec<String>], numbers: usize) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let padding = " ".repeat(width - cell.chars().count());
            let gap = if column == 0 { "" } else { "  " };
            let cell = if column < numbers { [gap, cell, &padding] } else { [gap, &padding, cell] };
            line.extend(cell);
        }
        line.truncate(line.trim_end().len());
        line
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [["name", "n", "time"], ["é", "12", ""], ["longer", "3", "1 s"]];
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
        assert_eq!(align(&rows, 1), ["name     n  time", "é       12", "longer   3   1 s"]);
        assert_eq!(align(&rows, 3), ["name    n   time", "é       12", "longer  3   1 s"]);
        assert_eq!(align(&[], 0), [""; 0]);
    }
}
