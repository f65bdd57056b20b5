//! `search-peer CORPUS QUERIES`: indexes each line of CORPUS (`team<TAB>text`) with tantivy, in a folder that it removes, asks each line of
//! QUERIES (tantivy's own query language) for twenty hits inside of team 1, and prints what an answer took.

use std::error::Error;
use std::fs::{File, read_to_string};
use std::io::{BufRead as _, BufReader};
use std::time::Instant;

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query, QueryParser, TermQuery};
use tantivy::schema::{INDEXED, IndexRecordOption, STORED, Schema, TEXT, Value as _};
use tantivy::{Index, TantivyDocument, Term, doc};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (corpus, queries) = (
        arguments.next().ok_or("which corpus?")?,
        arguments.next().ok_or("which queries?")?,
    );
    let mut schema = Schema::builder();
    let team = schema.add_u64_field("team", INDEXED);
    let text = schema.add_text_field("text", TEXT | STORED);
    let folder = std::env::temp_dir().join(format!("search-peer-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let index = Index::create_in_dir(&folder, schema.build())?;
    let begin = Instant::now();
    let mut writer = index.writer(200_000_000)?;
    let mut count = 0_u64;
    for line in BufReader::new(File::open(corpus)?).lines() {
        let line = line?;
        let (of, said) = line.split_once('\t').ok_or("a line without a team")?;
        writer.add_document(doc!(team => of.parse::<u64>()?, text => said))?;
        count += 1;
    }
    writer.commit()?;
    writer.wait_merging_threads()?;
    let indexed = begin.elapsed();
    let searcher = index.reader()?.searcher();
    let parser = QueryParser::for_index(&index, vec![text]);
    let mut took = Vec::new();
    for line in read_to_string(queries)?.lines() {
        let begin = Instant::now();
        let asked = parser.parse_query(line)?;
        let inside = TermQuery::new(Term::from_field_u64(team, 1), IndexRecordOption::Basic);
        let both: Vec<(Occur, Box<dyn Query>)> =
            vec![(Occur::Must, asked), (Occur::Must, Box::new(inside))];
        let found = searcher.search(&BooleanQuery::new(both), &TopDocs::with_limit(20).order_by_score())?;
        for (_, address) in found {
            let read: TantivyDocument = searcher.doc(address)?;
            std::hint::black_box(read.get_first(text).and_then(|it| it.as_str().map(str::len)));
        }
        took.push(begin.elapsed().as_secs_f64() * 1000.0);
    }
    took.sort_by(f64::total_cmp);
    let at = |part: f64| took[((took.len() - 1) as f64 * part) as usize];
    println!(
        "tantivy: {count} windows in {:.0} s; {} answers: median {:.2} ms, p95 {:.2} ms, longest {:.2} ms",
        indexed.as_secs_f64(),
        took.len(),
        at(0.5),
        at(0.95),
        at(1.0)
    );
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
