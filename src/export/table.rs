//! A history as one table.

use std::io;

use crate::format::exact;
use crate::sim::history::History;

/// Writes samples as one table that R, pandas and spreadsheets read as it is: a row per run and
/// recorded step, a column per quantity. What the theory has not examined is left empty.
pub fn tidy_csv(history: &History, out: &mut dyn io::Write) -> io::Result<()> {
    let setup = &history.setup;
    let mut table = csv::Writer::from_writer(out);
    let mut names: Vec<String> = ["run", "algorithm", "step", "time"]
        .map(str::to_owned)
        .into();
    names.extend(setup.shared.iter().map(|name| (*name).to_owned()));
    for column in setup.columns {
        names.push(column.id.to_owned());
        if column.tracked {
            names.extend(["min", "max"].map(|extreme| format!("{}_{extreme}", column.id)));
        }
    }
    names.extend(setup.insights.iter().map(|column| column.id.to_owned()));
    table.write_record(&names)?;
    for (info, run) in setup.runs.iter().zip(&history.runs) {
        for row in 0..run.len() {
            let insight = run.insight_at(row);
            // A fork that starts later has not begun.
            if run.values.iter().all(|column| column[row].is_nan()) {
                continue;
            }
            let step = history.step[row].to_string();
            let mut record = vec![info.name.clone(), info.family.id.to_owned(), step];
            record.push(exact(history.time[row]));
            record.extend(history.shared.iter().map(|column| exact(column[row])));
            for (at, column) in setup.columns.iter().enumerate() {
                record.push(exact(run.values[at][row]));
                if column.tracked {
                    record.extend([&run.low, &run.high].map(|extreme| exact(extreme[at][row])));
                }
            }
            record.extend((0..setup.insights.len()).map(|at| {
                insight
                    .as_ref()
                    .map_or_else(String::new, |values| exact(values[at]))
            }));
            table.write_record(&record)?;
        }
    }
    table.flush()
}
