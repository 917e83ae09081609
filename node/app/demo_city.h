// node/app/demo_city.h: who is in the demo's city, and what they write. Deterministic by its seed.
//
// The reference data are the bureau's real input, carried in the executable (packaging/sample);
// compounds, people and what happened to them are made up here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "node/app/console.h"

namespace linli::app {

/// Same draws for the same seed, on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next();
  [[nodiscard]] std::int64_t between(std::int64_t from, std::int64_t to);  ///< Both included.
  [[nodiscard]] bool chance(int percent) { return between(1, 100) <= percent; }
  template <class T>
  [[nodiscard]] const T& one_of(const std::vector<T>& all) {
    return all[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(all.size()) - 1))];
  }

 private:
  std::uint64_t state_;
};

struct Community {
  std::string code, name, scope, district;
};

struct City {
  std::string scope, name;
  /// Sample records by type, in the order in which they can be loaded.
  std::vector<std::pair<std::string, std::vector<Json>>> reference;
  std::vector<Community> communities;  ///< The first four lie in four different districts.
  /// Hash of the made-up picture that findings show where the checklist wants a photo.
  std::string photo;

  [[nodiscard]] const std::vector<Json>& records(const std::string& type) const;
};
/// A city of `communities`; those beyond the sample's get units of their own. Throws Unmet if the
/// sample lacks what the demo needs.
[[nodiscard]] City make_city(std::size_t communities, std::size_t months, std::int64_t today);

/// Fixed for a compound's number, so that every part of the demo sees the same compound.
struct Traits {
  bool highrise, basement, old;
  std::string company, mode;
};
[[nodiscard]] Traits traits_of(const City& city, std::size_t community, std::size_t number);

/// What one community has, as NDJSON by type, in the order in which it can be loaded.
using Work = std::vector<std::pair<std::string, std::string>>;
/// Compounds, staff, and `months` of inspections, findings, sign-ins and disclosures.
[[nodiscard]] Work make_work(const City& city, std::size_t community, std::uint64_t seed,
                             std::size_t months, std::int64_t today);
/// The disclosures among it.
[[nodiscard]] std::string make_disclosures(const City& city, std::size_t community,
                                           std::size_t months, std::int64_t today, Dice& dice);
/// One inspection of today and its findings, of the community's compound number `at`.
struct Visit {
  Json inspection;
  std::vector<Json> findings;
};
[[nodiscard]] Visit make_visit(const City& city, std::size_t community, std::size_t compound,
                               Dice& dice, std::int64_t started_ms);
/// Sign-in of the project manager of a compound at the session of month `month` (see make_city).
[[nodiscard]] Json make_sign_in(const City& city, std::size_t community, std::size_t compound,
                                const Json& session, std::int64_t at_ms);
[[nodiscard]] std::string day_time(std::int64_t ms);  ///< Local, to the minute.
[[nodiscard]] std::int64_t ms_of(std::int64_t day, std::int64_t hour, std::int64_t minute);
void add(std::string& ndjson, const Json& record);  ///< One line more.
[[nodiscard]] std::string compound_code(const Community& community, std::size_t number);
[[nodiscard]] std::size_t compounds_of(std::size_t community);

}  // namespace linli::app
