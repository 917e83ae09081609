#include "node/app/demo_samples.h"

#include <charconv>

#include "demo_files.h"
#include "node/app/process.h"

namespace linli::app {
namespace {

constexpr std::int64_t kIdsOfDaysBefore = 90;

/// UUIDv7 that follows from place and name, so that lines of different templates mean one record.
std::string id_of(const std::string& name, const Community& community, std::int64_t today) {
  const auto hash = crypto::hash({"linli/demo/1", community.code, "/", name});
  const auto ms = static_cast<std::uint64_t>(ms_of(today - kIdsOfDaysBefore, 0, 0));
  auto id = sync::RecordId::of(hash.view().substr(0, sync::RecordId::size()));
  for (std::size_t i = 0; i < 6; ++i) {
    id.data[i] = static_cast<unsigned char>((ms >> (40 - 8 * i)) & 0xFF);
  }
  id.data[6] = static_cast<unsigned char>((id.data[6] & 0x0F) | 0x70);
  id.data[8] = static_cast<unsigned char>((id.data[8] & 0x3F) | 0x80);
  return sync::to_text(id);
}

std::int64_t number_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  expect(read.ec == std::errc{} && read.ptr == text.data() + text.size(),
         "a demo template has no number in " + std::string(text));
  return number;
}

class Filling {
 public:
  Filling(const City& city, const SamplePlace& place)
      : city_(city), place_(place), community_(city.communities.at(place.community)) {}

  [[nodiscard]] Json filled(const Json& json) const {
    if (json.is_string()) return text(json.get<std::string>());
    if (!json.is_structured()) return json;
    Json out = json.is_array() ? Json::array() : Json::object();
    if (json.is_array()) {
      for (const auto& item : json) out.push_back(filled(item));
    } else {
      for (const auto& [name, value] : json.items()) out[name] = filled(value);
    }
    return out;
  }

 private:
  [[nodiscard]] Json text(std::string text) const {
    for (auto open = text.find('{'); open != text.npos; open = text.find('{')) {
      const auto close = text.find('}', open);
      expect(close != text.npos, "a demo template has an open brace in " + text);
      text = text.substr(0, open) + value(text.substr(open + 1, close - open - 1)) +
             text.substr(close + 1);
    }
    if (text.starts_with('#')) return number_in(std::string_view(text).substr(1));
    return text;
  }

  [[nodiscard]] std::string value(const std::string& name) const {
    if (name == "code") return community_.code;
    if (name == "name") return community_.name;
    if (name == "scope") return community_.scope;
    if (name == "city") return city_.scope;
    if (name == "file") return place_.file;
    if (name == "photo") return city_.photo;
    if (name == "half") return last_half_year();
    const auto rest = [&](std::string_view prefix) { return name.substr(prefix.size()); };
    if (name.starts_with("id:")) return id_of(rest("id:"), community_, place_.today);
    if (name.starts_with("day")) return model::day_text(place_.today + number_in(rest("day")));
    if (name.starts_with("year")) {
      return model::day_text(place_.today + number_in(rest("year"))).substr(0, 4);
    }
    if (name.starts_with("at")) {
      const auto space = name.find(' ');
      const auto day = number_in(name.substr(2, space - 2));
      return model::day_text(place_.today + day) + "T" + name.substr(space + 1);
    }
    if (name.starts_with("uscc")) return traits(rest("uscc")).company;
    if (name.starts_with("c")) return compound_code(community_, compound(rest("c")));
    throw Unmet("a demo template asks for {" + name + "}");
  }

  [[nodiscard]] std::string last_half_year() const {
    const auto now = model::civil_from_day(place_.today);
    return std::to_string(now.month > 6 ? now.year : now.year - 1) +
           (now.month > 6 ? "-H1" : "-H2");
  }
  [[nodiscard]] static std::size_t compound(std::string_view number) {
    return static_cast<std::size_t>(number_in(number));
  }
  [[nodiscard]] Traits traits(std::string_view number) const {
    return traits_of(city_, place_.community, compound(number));
  }

  const City& city_;
  const SamplePlace& place_;
  const Community& community_;
};

std::string_view template_named(const std::string& name) {
  for (const auto& file : embedded::demo_files()) {
    if (file.name == name + ".ndjson") return file.bytes;
  }
  throw Unmet("this executable carries no demo template " + name);
}

}  // namespace

std::string_view demo_photo() {
  for (const auto& file : embedded::demo_files()) {
    if (file.name == "photo.png") return file.bytes;
  }
  throw Unmet("this executable carries no demo picture");
}

std::vector<Batch> demo_samples(const City& city, const std::string& name,
                                const SamplePlace& place) {
  const Filling filling(city, place);
  const auto lines = template_named(name);
  std::vector<Batch> batches;
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    const auto line = Json::parse(lines.substr(at, end - at), nullptr, false);
    expect(line.is_object(), "a line of the demo template " + name + " is no JSON object");
    at = end + 1;
    auto record = filling.filled(line["record"]);
    if (place.scoped) record["scope"] = city.communities.at(place.community).scope;
    const auto type = line.value("type", "");
    const auto update = line.value("update", false);
    if (batches.empty() || batches.back().type != type || batches.back().update != update) {
      batches.push_back({type, {}, update});
    }
    add(batches.back().ndjson, record);
  }
  return batches;
}

}  // namespace linli::app
