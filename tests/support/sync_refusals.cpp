// What must be refused: good bodies taken apart, one key or place of each spelled wrongly.
#include <functional>

#include "tests/support/sync_vectors_detail.h"

namespace linli::test {

using namespace vectors;

std::string Sketch::body() const {
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto add = [&](std::int64_t key, const std::string& item) {
    pairs.emplace_back(i(key), item);
  };
  std::vector<std::string> items;
  for (const auto& places : changes) items.push_back(array_of(places));
  auto all_keys = keys;
  if (!all_keys.contains(13)) all_keys[13] = array_of(items);
  for (const auto& [key, item] : all_keys)
    if (key >= 0) add(key, item);
  for (auto it = all_keys.rbegin(); it != all_keys.rend(); ++it)  // -1, -2, … follow
    if (it->first < 0) add(it->first, it->second);
  return map_of(pairs);
}

Sketch sketch_of(std::string_view body) {
  Sketch sketch;
  cbor::Reader r{body};
  for (cbor::IntMap m{r}; m.next();) {
    if (m.key() != 13) {
      sketch.keys[m.key()] = r.item();
      continue;
    }
    for (std::size_t left = r.array(); left > 0; --left) {
      auto& places = sketch.changes.emplace_back();
      for (std::size_t n = r.array(); n > 0; --n) places.emplace_back(r.item());
    }
  }
  ensure(r.finish().has_value(), "sketch_of: a body of ours");
  return sketch;
}

namespace {

class Refusals {
 public:
  explicit Refusals(std::string what, std::string good) : what_(std::move(what)), good_(good) {}
  void add(const std::string& name, Errc errc, const std::string& bytes) {
    list_.push_back(
        {{"what", what_}, {"name", name}, {"bytes", to_hex(bytes)}, {"errc", info(errc).name}});
  }
  void edit(const std::string& name, Errc errc, const std::function<void(Sketch&)>& change) {
    auto sketch = sketch_of(good_);
    change(sketch);
    add(name, errc, sketch.body());
  }
  /// Another item in one place of the first change.
  void place(const std::string& name, Errc errc, std::size_t at, const std::string& item) {
    edit(name, errc, [&](Sketch& s) {
      if (at >= s.changes[0].size()) s.changes[0].resize(at + 1, array_of({}));
      s.changes[0][at] = item;
    });
  }
  void key(const std::string& name, Errc errc, std::int64_t k, const std::string& item) {
    edit(name, errc, [&](Sketch& s) { s.keys[k] = item; });
  }
  const Json& list() const { return list_; }

 private:
  std::string what_, good_;
  Json list_ = Json::array();
};

Json malformed_headers(const PaperCity& city) {
  const std::string small = body_of(small_set(city));
  Refusals r{"change set", small};
  using enum Errc;
  r.add("nothing", malformed, "");
  r.add("cut short", malformed, small.substr(0, small.size() - 1));
  r.add("a byte too many", malformed, small + '\0');
  r.add("an array", malformed, array_of({i(1)}));
  r.add("text keys", malformed, map_of({{t("suite"), i(1)}}));
  for (const std::int64_t k : {0, 1, 2, 3, 4, 5, 7, 11, 12}) {
    r.edit("without key " + std::to_string(k), malformed, [&](Sketch& s) { s.keys.erase(k); });
  }
  r.key("another suite", unknown_critical, 0, i(2));
  r.key("suite as text", malformed, 0, t("1"));
  r.key("city of 31 bytes", malformed, 1, b(31, 1));
  r.key("author of 17 bytes", malformed, 2, b(17, 1));
  r.key("scope in upper case", malformed, 4, t("410700/A"));
  r.key("scope with an empty segment", malformed, 4, t("410700//a"));
  r.key("scope of nine segments", malformed, 4, t("a/b/c/d/e/f/g/h/i"));
  r.key("audience of a later version", unknown_critical, 5, i(4));
  r.key("audience below zero", malformed, 5, i(-1));
  r.key("incarnation 0 written out", malformed, 6, array_of({i(0), b(16, 0)}));
  r.key("incarnation with an empty nonce", malformed, 6, array_of({i(1), b(16, 0)}));
  r.key("later incarnation without succession", malformed, 6, array_of({i(1), b(16, 1)}));
  r.key("number 0", malformed, 7, i(0));
  r.key("prev of number 1", malformed, 8, b(32, 0));
  r.key("number 2 without prev", malformed, 7, i(2));
  r.key("seen with five places", malformed, 9, array_of({i(1), i(1), b(32, 1), i(1), i(1)}));
  r.key("seen beyond 2^53", malformed, 9, array_of({i(1), i(1), b(32, 1), i(kTimeMax + 1)}));
  r.key("policy of zeros written out", malformed, 10, b(32, 0));
  r.key("time base before 1970", malformed, 12, i(-1));
  r.key("time base beyond 2^53", malformed, 12, i(kTimeMax + 1));
  r.key("empty origin written out", malformed, 16, t(""));
  r.key("origin of 201 bytes", malformed, 16, t(std::string(201, 'a')));
  r.key("blind for ancestors", malformed, 17, b(16, 1));
  r.key("street without blind", malformed, 5, i(2));
  r.key("succession in incarnation 0", malformed, 18,
        array_of({t("cloned"), b(32, 1), i(3), b(32, 2)}));
  r.edit("succession with a head but no number", malformed, [](Sketch& s) {
    s.keys[6] = array_of({i(1), b(16, 1)});
    s.keys[18] = array_of({t("restored"), b(32, 1), i(0), b(32, 2)});
  });
  r.key("a critical key", unknown_critical, -1, i(1));
  r.key("a later key that is no deterministic CBOR", malformed, 19, "\x18\x01");
  r.key("a float", malformed, 19, std::string("\xF9\x3C\x00", 3));
  r.key("an indefinite array", malformed, 19, "\x9F\xFF");
  r.key("a tag that isn't listed", malformed, 19, std::string("\xC0") + t("2026-01-01"));
  r.key("nested too deep", malformed, 19, std::string(16, '\x81') + i(1));
  r.key("an array longer than the set", malformed, 19, std::string("\x9A\x7F\xFF\xFF\xFF", 5));
  return r.list();
}

/// Key 5 before key 4: the map is written by hand.
std::string swapped_keys(const std::string& body) {
  const auto sketch = sketch_of(body);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [k, item] : sketch.keys) pairs.emplace_back(i(k), item);
  pairs.emplace_back(i(13), array_of({array_of(sketch.changes[0])}));
  std::swap(pairs[4], pairs[5]);
  return map_of(pairs);
}

Json malformed_changes(const PaperCity& city) {
  const std::string small = body_of(small_set(city));
  const FeedId own = small_set(city).set.feed.id(city.id);
  const auto version = [](int seq, int index) { return array_of({i(seq), i(index)}); };
  Refusals r{"change set", small};
  using enum Errc;
  r.edit("no changes", malformed, [](Sketch& s) { s.changes.clear(); });
  r.edit("a change of four places", malformed, [](Sketch& s) { s.changes[0].pop_back(); });
  r.edit("stamps that stand still", malformed,
         [](Sketch& s) { s.changes.push_back(s.changes[0]); });
  r.place("type 0", malformed, 0, i(0));
  r.place("type 65536", malformed, 0, i(65536));
  r.place("id of 15 bytes", malformed, 1, b(15, 1));
  r.place("set_add", unknown_critical, 2, i(4));
  r.place("set_remove", unknown_critical, 2, i(5));
  r.place("kind 31", unknown_critical, 2, i(31));
  r.place("kind 32", malformed, 2, i(32));
  r.place("offset over a day", malformed, 3, i(kStampOffsetMax + 1));
  r.place("offset below zero", malformed, 3, i(-1));
  r.edit("stamp beyond 2^53", malformed, [](Sketch& s) {
    s.keys[12] = i(kTimeMax);
    s.changes[0][3] = i(1);
  });
  r.place("field 0", malformed, 4, map_of({{i(0), i(1)}}));
  r.place("field 65536", malformed, 4, map_of({{i(65536), i(1)}}));
  r.place("field twice", malformed, 4, map_of({{i(1), i(1)}, {i(1), i(2)}}));
  r.place("fields out of order", malformed, 4, map_of({{i(2), i(1)}, {i(1), i(2)}}));
  r.place("put of nulls only", malformed, 4, map_of({{i(1), kNull}}));
  r.place("a commitment of 31 bytes", malformed, 4,
          map_of({{i(1), std::string("\xD9\xA0\x6E", 3) + b(31, 1)}}));
  r.place("text that isn't UTF-8", malformed, 4, map_of({{i(1), "\x61\xFF"}}));
  r.place("clear with a value", malformed, 2, i(1));
  r.place("remove with fields", malformed, 2, i(2));
  r.place("erase of no list", malformed, 2, i(3));
  const auto kinded = [&](const std::string& name, int kind, const std::string& fields) {
    r.edit(name, malformed, [&](Sketch& s) {
      s.changes[0][2] = i(kind);
      s.changes[0][4] = fields;
    });
  };
  kinded("clear of nothing", 1, map_of({}));
  kinded("erase of nothing", 3, map_of({}));
  kinded("erase of an empty list", 3, map_of({{i(1), array_of({})}}));
  kinded("erase of 31 bytes", 3, map_of({{i(1), array_of({b(31, 1)})}}));
  kinded("erase of one twice", 3, map_of({{i(1), array_of({b(32, 1), b(32, 1)})}}));
  kinded("erase out of order", 3, map_of({{i(1), array_of({b(32, 2), b(32, 1)})}}));
  r.place("empty base written out", malformed, 5, array_of({}));
  r.place("base of an empty list", malformed, 5, array_of({array_of({})}));
  r.place("base of three places", malformed, 5, array_of({array_of({}), map_of({}), map_of({})}));
  r.place("base with no cells written out", malformed, 5,
          array_of({array_of({array_of({b(32, 1), i(1), i(0)})}), map_of({})}));
  r.place("a cell like the rest", malformed, 5,
          array_of({array_of({array_of({b(32, 1), i(1), i(0)})}),
                    map_of({{i(1), array_of({array_of({b(32, 1), i(1), i(0)})})}})}));
  r.place("made on itself", malformed, 5, array_of({array_of({version(1, 0)})}));
  r.place("made on a later one", malformed, 5, array_of({array_of({version(1, 1)})}));
  r.place("own feed written long", malformed, 5,
          array_of({array_of({array_of({cbor::encode_bytes(own.view()), i(1), i(0)})})}));
  r.place("version number 0", malformed, 5,
          array_of({array_of({array_of({b(32, 1), i(0), i(0)})})}));
  r.place("version index 2000", malformed, 5,
          array_of({array_of({array_of({b(32, 1), i(1), i(2000)})})}));
  const auto foreign = [](int n) { return array_of({b(32, 1), i(n), i(0)}); };
  r.place("versions out of order", malformed, 5, array_of({array_of({foreign(2), foreign(1)})}));
  r.place("a version twice", malformed, 5, array_of({array_of({foreign(1), foreign(1)})}));
  std::vector<std::string> many;
  for (int n = 1; n <= 65; ++n) many.push_back(foreign(n));
  r.place("65 versions", malformed, 5, array_of({array_of(many)}));
  r.edit("life 0 written out", malformed, [](Sketch& s) {
    s.changes[0].push_back(array_of({}));
    s.changes[0].push_back(i(0));
  });
  r.place("life of 33 bits", malformed, 6, i(std::int64_t{1} << 32));
  const auto extended = [&](const std::string& name, Errc errc, const std::string& extension) {
    r.edit(name, errc, [&](Sketch& s) {
      s.changes[0].push_back(array_of({}));
      s.changes[0].push_back(i(0));
      s.changes[0].push_back(extension);
    });
  };
  extended("empty extension written out", malformed, map_of({}));
  extended("a critical key in a change", unknown_critical, map_of({{i(-1), i(1)}}));
  r.edit("a change of nine places", malformed, [](Sketch& s) {
    s.changes[0].push_back(array_of({}));
    s.changes[0].push_back(i(0));
    s.changes[0].push_back(map_of({{i(1), i(1)}}));
    s.changes[0].push_back(i(1));
  });
  r.add("keys out of order", malformed, swapped_keys(small));
  return r.list();
}

Json malformed_parcels(const PaperCity& city) {
  const std::string body = cbor::encode_bytes(body_of(small_set(city))), sig = b(64, 1);
  const auto opening = [](int n) { return array_of({i(n), b(32, 1), i(5)}); };
  Refusals r{"parcel", {}};
  using enum Errc;
  r.add("body alone", malformed, array_of({body}));
  r.add("signature of 63 bytes", malformed, array_of({body, b(63, 1)}));
  r.add("no openings written out", malformed, array_of({body, sig, array_of({})}));
  r.add("an opening twice", malformed, array_of({body, sig, array_of({opening(1), opening(1)})}));
  r.add("openings out of order", malformed,
        array_of({body, sig, array_of({opening(1), opening(0)})}));
  r.add("salt of 31 bytes", malformed,
        array_of({body, sig, array_of({array_of({i(0), b(31, 1), i(5)})})}));
  r.add("a commitment committed to", malformed,
        array_of({body, sig, array_of({array_of({i(0), b(32, 1), committed(all<Hash>(1))})})}));
  r.add("four places", malformed, array_of({body, sig, array_of({opening(0)}), i(1)}));
  return r.list();
}

Json malformed_receipts(const PaperCity& city) {
  Refusals r{"receipt", {}};
  const auto edit = [&](const std::string& name, Errc errc, std::int64_t k,
                        const std::string& item) {
    std::map<std::int64_t, std::string> keys;
    const std::string good = receipt_for(city).encode();
    cbor::Reader reader{good};
    for (cbor::IntMap m{reader}; m.next();) keys[m.key()] = reader.item();
    if (item.empty())
      keys.erase(k);
    else
      keys[k] = item;
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& [key, value] : keys)
      if (key >= 0) pairs.emplace_back(i(key), value);
    if (k < 0) pairs.emplace_back(i(k), item);
    r.add(name, errc, map_of(pairs));
  };
  using enum Errc;
  edit("without last", malformed, 8, "");
  edit("another suite", unknown_critical, 0, i(2));
  edit("audience of a later version", unknown_critical, 5, i(9));
  edit("from 0", malformed, 6, i(0));
  edit("to before from", malformed, 6, i(4));
  edit("nothing flagged written out", malformed, 9, array_of({}));
  edit("flags what it doesn't cover", malformed, 9, array_of({i(4)}));
  edit("flags one twice", malformed, 9, array_of({i(2), i(2)}));
  edit("checkpoint beyond 2^53", malformed, 10, array_of({i(1), i(1), b(32, 1), i(kTimeMax + 1)}));
  edit("scope in upper case", malformed, 4, t("410700/A"));
  edit("checkpoint without time", malformed, 10, array_of({i(1), i(1), b(32, 1)}));
  edit("a critical key", unknown_critical, -1, i(1));
  return r.list();
}

Json malformed_policies() {
  Refusals r{"policy", {}};
  const auto with_rules = [](const std::vector<std::string>& rules) {
    return map_of({{i(0), i(1)}, {i(2), array_of(rules)}});
  };
  const auto rule = [](int type, const std::string& fields, const std::string& state,
                       const std::string& moves) {
    return array_of({i(type), i(1), i(1), fields, state, moves});
  };
  const std::string none = array_of({});
  const auto move = [](int from, int to) { return array_of({i(from), i(to), i(1), i(0)}); };
  using enum Errc;
  r.add("without rules", malformed, map_of({{i(0), i(1)}}));
  r.add("number 0", malformed, map_of({{i(0), i(0)}, {i(1), b(32, 1)}, {i(2), none}}));
  r.add("previous of zeros", malformed, map_of({{i(0), i(1)}, {i(1), b(32, 0)}, {i(2), none}}));
  r.add("type 0", malformed, with_rules({rule(0, none, kNull, none)}));
  r.add("state field 65536", malformed, with_rules({rule(9, none, i(65536), none)}));
  r.add("number 2 without previous", malformed, map_of({{i(0), i(2)}, {i(2), none}}));
  r.add("number 1 with previous", malformed,
        map_of({{i(0), i(1)}, {i(1), b(32, 1)}, {i(2), none}}));
  const auto confining = [&](const std::vector<std::string>& types) {
    return map_of({{i(0), i(1)}, {i(2), none}, {i(3), array_of(types)}});
  };
  r.add("confined types out of order", malformed, confining({i(2), i(1)}));
  r.add("no confined types", malformed, confining({}));
  r.add("confined type 65536", malformed, confining({i(65536)}));
  r.add("rules out of order", malformed,
        with_rules({rule(2, none, kNull, none), rule(1, none, kNull, none)}));
  r.add("two rules of a type", malformed,
        with_rules({rule(2, none, kNull, none), rule(2, none, kNull, none)}));
  r.add("a field twice", malformed,
        with_rules(
            {rule(9, array_of({array_of({i(1), i(1)}), array_of({i(1), i(2)})}), kNull, none)}));
  r.add("moves without a state", malformed,
        with_rules({rule(9, none, kNull, array_of({move(0, 1)}))}));
  r.add("moves out of order", malformed,
        with_rules({rule(9, none, i(1), array_of({move(1, 2), move(0, 1)}))}));
  r.add("from -1 not as null", malformed,
        with_rules({rule(9, none, i(1), array_of({move(-1, 1)}))}));
  r.add("roles of 33 bits", malformed,
        with_rules({array_of({i(9), i(std::int64_t{1} << 32), i(0), none, kNull, none})}));
  r.add("a critical key", unknown_critical, map_of({{i(0), i(1)}, {i(2), none}, {i(-1), i(1)}}));
  return r.list();
}

}  // namespace

Json vectors::malformed_json(const PaperCity& city) {
  Json all_of_them = Json::array();
  for (const auto& part : {malformed_headers(city), malformed_changes(city),
                           malformed_parcels(city), malformed_receipts(city), malformed_policies()})
    all_of_them.insert(all_of_them.end(), part.begin(), part.end());
  return all_of_them;
}

}  // namespace linli::test
