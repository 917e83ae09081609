// Full text over notes: how long, how large, how quickly made; beside FTS5's trigram index and
// LIKE.
#include "node/store/search.h"

#include <algorithm>
#include <map>
#include <random>

#include "city.h"
#include "node/store/search_find.h"

namespace linli::bench {
namespace {

constexpr std::size_t kPerCommit = 2'000;
constexpr std::size_t kLengthMax = 10;
constexpr std::size_t kShown = 20;

/// What inspectors write, a few words often and most rarely.
const std::vector<std::string>& words() {
  static const std::vector<std::string> all = {
      "电梯",       "消防通道",     "检查",     "正常",       "已整改",   "灭火器",   "配电箱",
      "电动车",     "楼道",         "堆放杂物", "被占用",     "已过期",   "不亮",     "渗水",
      "破损",       "未上锁",       "有异响",   "业主反映",   "物业公司", "维保单位", "应急照明",
      "地下车库",   "北门",         "西侧绿地", "排水沟",     "公示栏",   "监控探头", "二次供水",
      "水箱间",     "门禁",         "井盖",     "防汛沙袋",   "垃圾分类", "无人值守", "台账缺失",
      "须立即整改", "困人",         "停梯",     "更换钢丝绳", "年检合格", "飞线充电", "私拉电线",
      "疏散指示牌", "常闭式防火门", "消火栓",   "水带老化",   "压力不足", "喷淋",     "烟感报警",
      "误报",       "值班室",       "保安",     "巡查记录",   "签字",     "漏填",     "外墙脱落",
      "瓷砖松动",   "护栏锈蚀",     "健身器材", "儿童滑梯",   "路面沉降", "窨井",     "化粪池",
      "清掏",       "绿化补种",     "枯枝",     "修剪",       "路灯",     "单元门",   "对讲",
      "信箱",       "快递柜",       "充电桩",   "车位",       "道闸",     "僵尸车",   "占道经营",
      "噪声扰民",   "宠物粪便",     "高空抛物", "屋顶防水",   "雨水管",   "落水管",   "地漏",
      "返味",       "水泵",         "变频柜",   "水质检测",   "公共收益", "维修资金", "议事规则",
      "业主大会",   "表决",         "公告期",   "投诉电话",   "回访",     "满意",     "不满意",
      "催办",       "约谈",         "红旗区",   "卫滨区",     "牧野区",   "凤泉区",   "长垣",
      "和平大道",   "解放大道",     "人民东路", "平原路",     "向阳小区", "阳光花园", "金穗苑"};
  return all;
}

class Notes {
 public:
  std::string next() {
    std::string text = std::to_string(1 + pick(40)) + "号楼" + std::to_string(1 + pick(6)) + "单元";
    const auto count = 5 + pick(5);
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0 && pick(3) == 0) text += "，";
      text += word();
    }
    if (pick(5) == 0) text += "，设备B" + std::to_string(pick(4)) + "-" + three(pick(1'000));
    if (pick(9) == 0) text += "，联系人电话尾号" + three(pick(1'000)) + three(pick(10)).substr(2);
    return text;
  }

 private:
  std::size_t pick(std::size_t below) { return random_() % below; }
  static std::string three(std::size_t n) {
    return std::string(1, static_cast<char>('0' + n / 100)) + static_cast<char>('0' + n / 10 % 10) +
           static_cast<char>('0' + n % 10);
  }
  const std::string& word() {
    const auto share = static_cast<double>(pick(1'000'000)) / 1e6;
    const auto at = static_cast<std::size_t>(share * share * static_cast<double>(words().size()));
    return words()[at];
  }
  std::mt19937_64 random_{3};
};

/// Notes in a table of their own, and an index beside it in the same file.
struct Indexed {
  std::unique_ptr<store::Database> db;
  double seconds = 0, bytes = 0;
};

double file_bytes(store::Database& db) {
  auto s = db.prepare(
      "SELECT (SELECT page_count FROM pragma_page_count()) * (SELECT page_size FROM "
      "pragma_page_size()) - (SELECT freelist_count FROM pragma_freelist_count()) * (SELECT "
      "page_size FROM pragma_page_size())");
  s.step();
  return static_cast<double>(s.integer(0));
}

using Insert = std::function<void(store::Database&, std::int64_t, const std::string&)>;

Indexed make(const std::filesystem::path& file, std::size_t count, const std::string& ddl,
             const Insert& insert, const std::function<void()>& before_commit) {
  Indexed made;
  made.db = must(store::Database::open(file, store::Access::write), "opening");
  auto& db = *made.db;
  db.execute("PRAGMA synchronous = OFF; CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT)");
  std::vector<std::string> all;
  all.reserve(count);
  Notes notes;
  {
    store::Transaction transaction(db);
    auto add = db.prepare("INSERT INTO note(id, text) VALUES (?1, ?2)");
    for (std::size_t i = 1; i <= count; ++i) {
      all.push_back(notes.next());
      add.bind(1, static_cast<std::int64_t>(i)).bind_text(2, all.back()).run();
    }
    transaction.commit();
  }
  db.execute(ddl);
  const auto bare = file_bytes(db);
  const Stopwatch watch;
  for (std::size_t done = 0; done < count;) {
    store::Transaction transaction(db);
    for (const auto end = std::min(done + kPerCommit, count); done < end; ++done) {
      insert(db, static_cast<std::int64_t>(done + 1), all[done]);
    }
    if (before_commit) before_commit();
    transaction.commit();
  }
  made.seconds = watch.seconds();
  db.execute("PRAGMA wal_checkpoint(TRUNCATE)");  // As a node that runs on does.
  made.bytes = file_bytes(db) - bare;
  return made;
}

Indexed make_ours(const Folder& folder, std::size_t count) {
  std::string ddl;
  for (const auto* shelf : {"", "_erasable"}) {
    ddl += std::string("CREATE VIRTUAL TABLE search") + shelf +
           " USING fts5(text, content='', detail=none, columnsize=0, tokenize='linli');"
           "CREATE TABLE search_pinyin" +
           shelf +
           "(initials TEXT NOT NULL, spelling TEXT NOT NULL, gram TEXT NOT NULL, PRIMARY KEY "
           "(initials, spelling, gram)) WITHOUT ROWID;";
  }
  std::optional<store::SearchIndex> index;
  return make(
      folder.path() / "ours.db", count, ddl,
      [&](store::Database& db, std::int64_t id, const std::string& text) {
        if (!index) index.emplace(db);
        index->insert(id, {'\x1e' + text, true});
      },
      [&] { index->flush(); });
}

Indexed make_trigram(const Folder& folder, std::size_t count) {
  return make(folder.path() / "trigram.db", count,
              "CREATE VIRTUAL TABLE trigrams USING fts5(text, content='', tokenize='trigram')",
              [](store::Database& db, std::int64_t id, const std::string& text) {
                db.cached("INSERT INTO trigrams(rowid, text) VALUES (?1, ?2)")
                    .bind(1, id)
                    .bind_text(2, text)
                    .run();
              },
              {});
}

/// The whole of the plain answer: every note that has it.
double scan_ms(store::Database& db, const std::string& piece) {
  const Stopwatch watch;
  auto& s = db.cached("SELECT count(*) FROM note WHERE text LIKE ?1");
  const auto like = '%' + piece + '%';
  s.bind_text(1, like).step();
  s.reset();
  return watch.seconds() * 1e3;
}

double trigram_ms(store::Database& db, const std::string& piece, bool ranked) {
  const Stopwatch watch;
  auto& s = db.cached(ranked ? "SELECT rowid FROM trigrams WHERE trigrams MATCH ?1"
                               " ORDER BY rank LIMIT ?2"
                             : "SELECT rowid FROM trigrams WHERE trigrams MATCH ?1"
                               " ORDER BY rowid DESC LIMIT ?2");
  const auto quoted = '"' + piece + '"';
  s.bind_text(1, quoted).bind(2, kShown);
  while (s.step()) {
  }
  return watch.seconds() * 1e3;
}

double ours_ms(store::Database& db, const std::string& typed, std::size_t& found) {
  const Stopwatch watch;
  const auto texts = [&](std::int64_t id) -> std::optional<std::vector<store::SearchedValue>> {
    auto& s = db.cached("SELECT text FROM note WHERE id = ?1");
    if (!s.bind(1, id).step()) return std::nullopt;
    std::vector<store::SearchedValue> values{{nullptr, 0, std::string(s.text(0)), false}};
    s.reset();
    return values;
  };
  found = must(store::find(db, {typed, kShown, {}, {}}, texts), "a search").recs.size();
  return watch.seconds() * 1e3;
}

/// `length` characters of a note, chosen at random.
std::string piece_of(const std::string& text, std::size_t length, std::mt19937_64& random) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U) starts.push_back(at);
  }
  starts.push_back(text.size());
  if (starts.size() <= length) return {};
  const auto at = random() % (starts.size() - length);
  return text.substr(starts[at], starts[at + length] - starts[at]);
}

std::string pinyin_of(const std::string& piece, bool initials) {
  std::string typed;
  for (const auto c : store::fold(piece).characters) {
    const auto& readings = store::readings_of(c);
    if (readings.empty()) return {};
    typed += initials ? readings.front().substr(0, 1) : readings.front();
  }
  return typed;
}

class Measuring {
 public:
  Measuring(const Settings& settings, Report& report, std::size_t count, const Folder& folder)
      : settings_(settings),
        report_(report),
        name_("search/" + std::to_string(count) + " notes, "),
        ours_(make_ours(folder, count)),
        trigram_(make_trigram(folder, count)) {
    Notes notes;
    for (std::size_t i = 0; i < count; ++i) {
      auto text = notes.next();
      if (i % 97 == 0) sample_.push_back(std::move(text));
    }
    report_.add({.name = name_ + "building the index",
                 .value = ours_.seconds,
                 .unit = "s",
                 .raw = trigram_.seconds,
                 .raw_means = "FTS5's trigram index"});
    report_.add({.name = name_ + "size of the index",
                 .value = ours_.bytes / 1e6,
                 .unit = "MB",
                 .raw = trigram_.bytes / 1e6,
                 .raw_means = "FTS5's trigram index"});
  }

  void substrings(std::size_t length) {
    std::vector<double> ours, ranked, newest, scans;
    const auto times = settings_.size(300, 10), scanned = settings_.size(5, 2);
    while (ours.size() < times) {
      const auto piece = piece_of(sample_[random_() % sample_.size()], length, random_);
      // A piece of nothing but a comma is nothing to look for.
      if (store::fold(piece).characters.empty()) continue;
      std::size_t found = 0;
      ours.push_back(ours_ms(*ours_.db, '"' + piece + '"', found));
      ensure(found > 0, "a piece of a note is found");
      if (length >= 3) {
        ranked.push_back(trigram_ms(*trigram_.db, piece, true));
        newest.push_back(trigram_ms(*trigram_.db, piece, false));
      }
      if (scans.size() < scanned) scans.push_back(scan_ms(*ours_.db, piece));
    }
    const auto name = name_ + std::to_string(length) + (length == 1 ? " character" : " characters");
    add(name, ours, scans, "LIKE over all notes, unranked");
    if (length < 3) return;
    add(name + ", beside trigram", ours, ranked, "FTS5's trigram index, ranked");
    add(name + ", beside trigram unranked", ours, newest,
        "FTS5's trigram index, newest first, unranked");
  }

  void pinyin(std::size_t length, bool initials) {
    std::vector<double> ours;
    const auto times = settings_.size(300, 10);
    while (ours.size() < times) {
      const auto piece = piece_of(sample_[random_() % sample_.size()], length, random_);
      const auto typed = pinyin_of(piece, initials);
      if (typed.empty()) continue;
      std::size_t found = 0;
      ours.push_back(ours_ms(*ours_.db, typed, found));
    }
    add(name_ + (initials ? "initials of " : "pinyin of ") + std::to_string(length) + " characters",
        ours, {}, {});
  }

  void slips() {
    std::vector<double> ours;
    const auto times = settings_.size(100, 5);
    while (ours.size() < times) {
      const auto piece = piece_of(sample_[random_() % sample_.size()], 3, random_);
      auto typed = pinyin_of(piece, false);
      if (typed.size() < 6) continue;
      std::swap(typed[2], typed[3]);
      std::size_t found = 0;
      ours.push_back(ours_ms(*ours_.db, typed, found));
    }
    add(name_ + "pinyin of 3 characters with two letters exchanged", ours, {}, {});
  }

 private:
  void add(const std::string& name, const std::vector<double>& took, const std::vector<double>& raw,
           const std::string& raw_means) {
    for (const auto& [which, q] : {std::pair{"p50", 0.5}, std::pair{"p99", 0.99}}) {
      Row row{.name = name + ", " + which, .value = quantile(took, q), .unit = "ms"};
      if (!raw.empty()) {
        row.raw = quantile(raw, q);
        row.raw_means = raw_means;
      }
      report_.add(row);
    }
  }

  const Settings& settings_;
  Report& report_;
  std::string name_;
  Indexed ours_, trigram_;
  std::vector<std::string> sample_;
  std::mt19937_64 random_{11};
};

}  // namespace

void search(const Settings& settings, Report& report) {
  const Folder folder(settings, "search");
  Measuring measuring(settings, report, settings.size(1'000'000, 2'000), folder);
  for (std::size_t length = 1; length <= kLengthMax; ++length) measuring.substrings(length);
  for (std::size_t length = 2; length <= 4; ++length) {
    measuring.pinyin(length, false);
    measuring.pinyin(length, true);
  }
  measuring.slips();
}

}  // namespace linli::bench
