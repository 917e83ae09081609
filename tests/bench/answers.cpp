// How long a reader waits for figures and for search results.
#include "city.h"
#include "node/store/reading.h"

namespace linli::bench {
namespace {

struct Question {
  const char* statistic;
  std::vector<std::string> by;
};

/// Of a year, as the bureau's pages ask.
const std::vector<Question>& questions() {
  static const std::vector<Question> all = {
      {"inspections", {"street"}},      {"inspection_coverage", {"district"}},
      {"findings", {"severity"}},       {"findings", {"month"}},
      {"overdue_findings", {"street"}}, {"rectified_on_time", {"community"}},
      {"severity_mix", {"severity"}},   {"findings_per_inspection", {}},
      {"inspector_load", {"inspector"}}};
  return all;
}

double time_ms(const std::function<void()>& work) {
  const Stopwatch watch;
  work();
  return watch.seconds() * 1e3;
}

void run_sql(store::Store& store, const std::string& sql) {
  auto lease = store.read();
  auto statement = lease->prepare(sql);
  while (statement.step()) {
  }
}

void add(Report& report, const std::string& name, const std::vector<double>& took, double raw,
         const std::string& raw_means) {
  for (const auto& [which, q] : {std::pair{"p50", 0.5}, std::pair{"p99", 0.99}}) {
    report.add({.name = name + ", " + which,
                .value = quantile(took, q),
                .unit = "ms",
                .raw = raw,
                .raw_means = raw_means});
  }
}

void measure(const Settings& settings, Report& report, std::size_t records) {
  const Folder folder(settings, "answers");
  City city(folder.path());
  Records source(Mix::mixed, 100, records);
  Writer writer(city.hub(), kDistrict);
  city.fill(source, writer, records, 500);
  auto& store = city.hub().store();
  std::mt19937_64 random(11);
  const auto times = settings.size(300, 30);

  std::vector<double> figures, one_word, two_words;
  for (std::size_t i = 0; i < times; ++i) {
    const auto& question = questions()[random() % questions().size()];
    store::StatRequest request;
    request.name = question.statistic;
    request.by = question.by;
    const auto to = model::local_day_of_ms(city.hub().now() / 1000) + 1;
    request.from = model::day_text(to - 365);
    request.to = model::day_text(to);
    request.now = city.hub().now();
    figures.push_back(time_ms([&] { (void)must(store::read_stat(store, request), "a figure"); }));
  }
  const auto& words = Records::words();
  for (std::size_t i = 0; i < times; ++i) {
    const auto first = words[random() % words.size()];
    const auto second = words[random() % words.size()];
    one_word.push_back(
        time_ms([&] { (void)must(store::search_records(store, first, 20), "a search"); }));
    two_words.push_back(time_ms(
        [&] { (void)must(store::search_records(store, first + " " + second, 20), "a search"); }));
  }
  std::vector<double> group_by, like;
  for (int i = 0; i < std::min(settings.rounds, 3); ++i) {
    group_by.push_back(time_ms(
        [&] { run_sql(store, "SELECT _scope, severity, count(*) FROM r_finding GROUP BY 1, 2"); }));
    like.push_back(time_ms([&] {
      run_sql(store, "SELECT count(*) FROM r_finding WHERE description LIKE '%" + words[0] + "%'");
    }));
  }
  const auto name = "answers/" + std::to_string(records) + " records, ";
  add(report, name + "a figure of a year", figures, median(group_by),
      "one GROUP BY over the findings");
  add(report, name + "search, one word", one_word, median(like),
      "one LIKE over the findings, unranked");
  add(report, name + "search, two words", two_words, median(like),
      "one LIKE over the findings, unranked");
}

}  // namespace

void answers(const Settings& settings, Report& report) {
  measure(settings, report, settings.size(100'000, 1'500));
  if (settings.large) measure(settings, report, 1'000'000);
}

}  // namespace linli::bench
