use hadal::jobs::*;
fn main() {
    let f = std::env::args().nth(1).unwrap();
    for _ in 0..3 {
        let t = std::time::Instant::now();
        let i =
            open(
                &OpenRequest { image: Some(f.clone()), ..Default::default() },
                &Task::new(),
                &mut |e| match e {
                    OpenEvent::Head(..) => eprintln!("head {:?}", t.elapsed()),
                    OpenEvent::Layer(n, _) => eprintln!("layer {n} {:?}", t.elapsed()),
                    _ => {}
                },
            )
            .unwrap();
        eprintln!("open {:?}", t.elapsed());
        let a = hadal::report::json::Analyze::new(&i);
        eprintln!("doc {:?}", t.elapsed());
        hadal::report::json::write(&a, &mut std::io::sink()).unwrap();
        eprintln!("json {:?}", t.elapsed());
        drop(a);
        drop(i);
        eprintln!("drop {:?}", t.elapsed());
    }
}
