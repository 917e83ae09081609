// Texts that want to be something else: markup, queries, commands, lines of a log.
#include <algorithm>

#include "crypto/cbor.h"
#include "crypto/merkle.h"
#include "crypto/signed_note.h"
#include "node/model/schema.h"
#include "tests/hostile/raw.h"
#include "tests/hostile/scene.h"

namespace linli::hostile {
namespace {

constexpr const char* kMarkup = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}";

std::string encoded(std::string_view text) {
  static const char* const kHex = "0123456789ABCDEF";
  std::string out;
  for (const auto c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string get(Scene& s, const std::string& path) { return s.mallory.http("GET", path); }

/// Search texts: each is answered, or refused as a text; none breaks anything.
std::string search(Scene& s, const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) {
    const auto said = get(s, "/api/v1/search?q=" + encoded(text));
    if (all.find(said) == std::string::npos) all += (all.empty() ? "" : ", ") + said;
  }
  return all;
}

/// Is everything that a type has of a field named `name` shown as JSON, and as it was written?
std::string markup_everywhere(Scene& s) {
  std::size_t fields = 0;
  std::vector<std::string> bad;
  for (const auto& type : model::schema().types) {
    for (const auto& field : type.fields) {
      if (field.type != model::FieldType::text) continue;
      ++fields;
      // One at a time, so that a fault of one field doesn't hide another.
      const auto body = Json{{std::string(field.name), kMarkup}}.dump();
      for (const auto* query : {"", "?scope=410700"}) {
        const auto said =
            s.mallory.answer("POST", "/api/v1/records/" + std::string(type.name) + query, body, {},
                             "application/json");
        const auto kind = said.headers.count("content-type") ? said.headers.at("content-type") : "";
        const bool json = kind.find("json") != std::string::npos;
        if (said.status >= 500 || !json) bad.push_back(std::string(field.name));
      }
    }
  }
  if (!bad.empty()) return "not as JSON: " + bad.front();
  return fields > 40 ? "only ever JSON" : "too few fields";
}

/// A record whose every text is markup, all the way to whatever shows it.
std::string stored_markup(Scene& s) {
  auto unit =
      Json{{"code", "410799"},          {"level", "district"},       {"parent", "410700"},
           {"name", kMarkup},           {"former_names", {kMarkup}}, {"code_authority", "local"},
           {"valid_from", "2023-01-01"}};
  const auto made =
      s.mallory.answer("POST", "/api/v1/records/org_unit", unit.dump(), {}, "application/json");
  if (made.status != 201) return "not kept: " + made.body;
  const auto id = Json::parse(made.body)["id"].get<std::string>();
  for (const auto& path :
       {"/api/v1/records/org_unit/" + id, std::string("/api/v1/records/org_unit"),
        "/api/v1/records/org_unit/" + id + "/history", "/api/v1/search?q=" + encoded("script"),
        std::string("/api/v1/nodes")}) {
    const auto shown = s.mallory.answer("GET", path);
    const auto kind = shown.headers.count("content-type") ? shown.headers.at("content-type") : "";
    if (shown.status != 200 || kind.find("application/json") != 0) return path + ": " + kind;
  }
  return "only ever JSON";
}

bool as_json(Scene& s, const std::string& path) {
  const auto said = s.mallory.answer("GET", path);
  const auto kind = said.headers.find("content-type");
  return said.status == 200 && kind != said.headers.end() &&
         kind->second.starts_with("application/json");
}

/// A record of every type whose fields are all markup, also those that are numbers, days, lists or
/// references: signed, so that nobody checked it before.
std::string pushed_markup(Scene& s) {
  const auto markup = cbor::encode_text(kMarkup);
  std::size_t kept = 0;
  for (const auto& type : model::schema().types) {
    if (sync::founds_trust(type.number)) continue;
    const auto said = s.mallory.push({s.mallory.write_aside([&](sync::ChangeSet& set) {
      anew(set);
      auto& change = set.changes[0];
      change.type = type.number;
      change.fields.clear();
      for (const auto& field : type.fields) {
        if (field.name != type.state) change.fields.push_back({field.number, markup});
      }
      std::sort(change.fields.begin(), change.fields.end(),
                [](const auto& a, const auto& b) { return a.field < b.field; });
    })});
    if (said != "accepted" && said != "forbidden") return std::string(type.name) + ": " + said;
    kept += said == "accepted";
    const auto path = "/api/v1/records/" + std::string(type.name) + "?scope=" + s.mallory.scope();
    if (!as_json(s, path)) return std::string(type.name) + " can't be shown any more";
  }
  for (const auto& figure : s.hub().get("/api/v1/stats")["items"]) {
    const auto path = "/api/v1/stats/" + figure["name"].get<std::string>();
    if (!as_json(s, path)) return path + " can't be told any more";
  }
  for (const auto* path : {"/api/v1/search?q=alert", "/api/v1/conflicts", "/api/v1/freshness"}) {
    if (!as_json(s, path)) return std::string(path) + " can't be told any more";
  }
  return kept >= 10 ? "kept and shown as texts" : std::to_string(kept) + " kept";
}

/// What somebody at the bureau opens in a spreadsheet.
std::string formula(Scene& s) {
  const auto unit =
      Json{{"code", "410798"},          {"level", "district"},       {"parent", "410700"},
           {"name", "=cmd|' /C x'!A0"}, {"code_authority", "local"}, {"valid_from", "2023-01-01"}};
  const auto made =
      s.mallory.answer("POST", "/api/v1/records/org_unit", unit.dump(), {}, "application/json");
  if (made.status != 201) return "not kept: " + made.body;
  const auto csv = e2e::must(s.city.scratch,
                             {"export", "org_unit", "--data", s.hub().data(), "--format", "csv"});
  const auto at = csv.find("=cmd|");
  if (at == std::string::npos) return "not exported";
  return csv[at - 1] == '\'' ? "a text" : "a formula";
}

/// The first script within a page that its policy doesn't let through by its hash; "": none.
std::string stray_script(const std::string& html, const std::string& policy) {
  constexpr std::string_view kBegins = "<script>";
  for (auto at = html.find(kBegins); at != std::string::npos; at = html.find(kBegins, at + 1)) {
    const auto from = at + kBegins.size();
    const auto text = html.substr(from, html.find("</script>", from) - from);
    const auto hash = "'sha256-" + crypto::to_base64(crypto::sha256({text}).view()) + "'";
    if (policy.find(hash) == std::string::npos) return text.substr(0, 40);
  }
  return {};
}

/// What a page does with such a text is for its scripts and its policy to say.
std::string pages(Scene& s) {
  for (const auto* page : {"/bureau", "/office", "/phone", "/public", "/login", "/proof"}) {
    const auto said = s.mallory.answer("GET", page);
    const auto policy = said.headers.find("content-security-policy");
    if (policy == said.headers.end()) return std::string(page) + " has no policy";
    if (policy->second.find("unsafe") != std::string::npos) return std::string(page) + " is unsafe";
    if (const auto stray = stray_script(said.body, policy->second); !stray.empty()) {
      return std::string(page) + " runs " + stray;
    }
    // Nothing that a text could be made markup with.
    for (auto at = said.body.find("/assets/"); at != std::string::npos;
         at = said.body.find("/assets/", at + 1)) {
      const auto name = said.body.substr(at, said.body.find('"', at) - at);
      const auto script = s.mallory.answer("GET", name).body;
      for (const auto* way : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
                              "eval(", "new Function", "srcdoc"}) {
        if (script.find(way) != std::string::npos) return name + " uses " + way;
      }
    }
  }
  return "no way in";
}

/// A name that an attacker chose, shown to an operator: one line, whatever stands in it.
std::string log_line(Scene& s) {
  (void)ask(s.port(),
            "GET /api/v1/records/x%0a2026-01-01T00:00:00.000+00:00%20critical%20forged HTTP/1.1\r\n"
            "Host: 127.0.0.1\r\nConnection: close\r\n\r\n");
  (void)s.mallory.http("POST", "/api/v1/sync/hello", "\x81\x41\x0a");
  return s.log().find("\n2026-01-01") == std::string::npos ? "nothing forged" : "a line forged";
}

}  // namespace

std::vector<Row> text_attacks() {
  const auto path = [](std::string name, std::string target, std::string refused) {
    return Row{std::move(name),
               [target = std::move(target)](Scene& s) { return get(s, target); },
               std::move(refused),
               {},
               {}};
  };
  return {
      {"search: quotes, stars, brackets and operators of FTS5",
       [](Scene& s) {
         return search(s, {"\"", "\"\"", "*", "a*", "(", "((((", ")", "a AND", "OR", "NOT x",
                           "NEAR(a b, 5)", "title:x", "{title note}: x", "^x", "a + b", "-x", "\\",
                           "'; DROP TABLE log; --", "' UNION SELECT * FROM meta --"});
       },
       "200"},
      {"search: NUL, broken UTF-8, a lone surrogate, invisible characters",
       [](Scene& s) {
         return search(s, {std::string("a\0b", 3), "\xff\xfe", "\xed\xa0\x80", "\u200b\u202e\ufeff",
                           "\xf4\x90\x80\x80"});
       },
       "200, 400 bad_utf8"},
      {"search: 2,500 characters of operators",
       [](Scene& s) {
         std::string text;
         while (text.size() < 2'500) text += "\"a\" OR (b NEAR c) ";
         return search(s, {text, std::string(2'500, '*'), std::string(2'500, '"')});
       },
       "200"},
      path("search: a page of 2^64 results", "/api/v1/search?q=a&limit=18446744073709551615",
           "422 bad_value"),
      path("search: a cursor that nobody gave", "/api/v1/search?q=a&cursor=0.0.-1.0.0",
           "422 bad_value"),
      path("search: a filter by a personal field", "/api/v1/search?q=a&where=site_signer%3Da",
           "403 forbidden"),
      path("SQL for a field's name", "/api/v1/records/org_unit?name%27%3D1%3B--=1",
           "422 unknown_field"),
      path("SQL for a field's value", "/api/v1/records/org_unit?name=%27%20OR%201%3D1%20--", "200"),
      path("SQL for a scope", "/api/v1/records/org_unit?scope=%27%20OR%201%3D1%20--", "200"),
      path("wildcards for a scope", "/api/v1/records/inspection?scope=4107%25", "200"),
      path("SQL for a cursor", "/api/v1/records/org_unit?cursor=1%3B%20DROP%20TABLE%20log",
           "422 bad_value"),
      path("a page of -1 records", "/api/v1/records/org_unit?limit=-1", "422 bad_value"),
      path("SQL for a type", "/api/v1/records/org_unit%3BDROP%20TABLE%20log", "404 not_found"),
      path("the schema of the database for a type", "/api/v1/records/sqlite_schema",
           "404 unknown_type"),
      path("a type that founds the trust", "/api/v1/records/certificate?limit=1", "200"),
      path("SQL for a grouping", "/api/v1/stats/managed_coverage?by=status%3B--", "422 bad_value"),
      path("a day that doesn't exist", "/api/v1/stats/managed_coverage?from=2023-02-30",
           "422 bad_value"),
      path("SQL for a day", "/api/v1/stats/managed_coverage?from=%27--", "422 bad_value"),
      path("an id that is a path", "/api/v1/records/org_unit/..%2f..%2fetc", "404 not_found"),
      {"markup in every text field of every type", markup_everywhere, "only ever JSON"},
      {"markup in a record that is kept", stored_markup, "only ever JSON", "", "sets 1"},
      {"markup for every field of every type, numbers and references too, signed and pushed",
       pushed_markup, "kept and shown as texts", "kept as evidence: forbidden",
       "sets *, evidence *"},
      {"a formula for the bureau's spreadsheet", formula, "a text", "", "sets 1"},
      {"a way for markup into a page", pages, "no way in"},
      {"a line of its own in the log", log_line, "nothing forged"},
  };
}

}  // namespace linli::hostile
