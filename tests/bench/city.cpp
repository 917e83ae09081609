#include "city.h"

#include "crypto/cbor.h"
#include "node/enrolment.h"
#include "node/model/inspection.h"

namespace linli::bench {
namespace {

using cbor::encode_int;
using cbor::encode_text;
namespace inspection_field = model::inspection_field;
namespace finding_field = model::finding_field;

constexpr std::size_t kCompoundsEach = 20;
constexpr std::int64_t kYearMs = 365LL * 24 * 3600 * 1000;

std::string item_code(std::size_t i) {
  return std::string(1, static_cast<char>('A' + i / 10)) + std::to_string(i / 10) +
         std::to_string(i % 10);
}

std::uint32_t number_of(std::string_view type) { return model::schema().type(type)->number; }

std::string ref(std::string_view type, const std::string& scope, const sync::RecordId& id,
                const std::string& home) {
  return model::encode_ref({number_of(type), scope, id}, home);
}

}  // namespace

const char* name_of(Mix mix) {
  switch (mix) {
    case Mix::inspections:
      return "inspections";
    case Mix::findings:
      return "findings";
    case Mix::mixed:
      return "mixed";
  }
  return "";
}

const std::vector<std::string>& Records::words() {
  static const std::vector<std::string> all = {
      "电梯",     "消防通道", "地下车库", "应急照明",  "灭火器", "配电箱",   "电动车",
      "楼道",     "堆放杂物", "被占用",   "已过期",    "不亮",   "渗水",     "破损",
      "未上锁",   "有异响",   "三号楼",   "五单元",    "北门",   "西侧绿地", "排水沟",
      "公示栏",   "监控探头", "二次供水", "水箱间",    "门禁",   "井盖",     "防汛沙袋",
      "垃圾分类", "无人值守", "台账缺失", "须立即整改"};
  return all;
}

Records::Records(Mix mix, std::size_t communities, std::size_t expected)
    : mix_(mix),
      now_ms_(sync::SystemClock().now() / 1000 - kYearMs),
      step_ms_(kYearMs / static_cast<std::int64_t>(expected + 1)),
      checklist_(sync::new_record_id(now_ms_ * 1000)) {
  for (std::size_t i = 0; i < communities; ++i) {
    Community made{
        std::string(kDistrict) + "/s" + std::to_string(i / 10) + "/c" + std::to_string(i % 10),
        {},
        {}};
    for (std::size_t c = 0; c < kCompoundsEach; ++c) {
      made.compounds.push_back(
          {sync::new_record_id(now_ms_ * 1000), sync::new_record_id(now_ms_ * 1000)});
    }
    communities_.push_back(std::move(made));
  }
}

std::string Records::sentence(std::size_t parts) {
  std::string text;
  for (std::size_t i = 0; i < parts; ++i) text += words()[pick(words().size())];
  return text;
}

Plain Records::inspection(Community& community) {
  using namespace inspection_field;
  const auto& compound = community.compounds[pick(kCompoundsEach)];
  Plain record{
      model::schema().type("inspection"), community.scope, sync::new_record_id(now_ms_ * 1000), {}};
  cbor::Writer inspectors;
  inspectors.array(2);
  inspectors.text("XX-" + std::to_string(1000 + pick(8)));
  inspectors.text("XX-" + std::to_string(2000 + pick(8)));
  cbor::Writer results;
  results.map(kChecklistItems);
  std::int64_t failed = 0;
  for (std::size_t i = 0; i < kChecklistItems; ++i) {
    const auto dice = pick(100);
    const std::uint64_t mark = dice < 6 ? 2 : dice < 12 ? 3 : 1;
    failed += mark == 2;
    results.text(item_code(i));
    results.uint(mark);
  }
  const auto began = now_ms_ - 3'600'000 + static_cast<std::int64_t>(pick(1'800'000));
  record.fields = {{kKind, encode_int(model::kRoutine)},
                   {kCompound, ref("compound", community.scope, compound.id, community.scope)},
                   {3, ref("company", kCity, compound.company, community.scope)},
                   {kTemplate, ref("template", kCity, checklist_, community.scope)},
                   {kInspectorNos, inspectors.take()},
                   {kStartedAt, encode_int(began)},
                   {kEndedAt, encode_int(now_ms_)},
                   {kResults, results.take()},
                   {kScore, encode_int(100 - 3 * failed)}};
  if (pick(10) == 0) record.fields.emplace_back(14, encode_text(sentence(4)));
  record.fields.emplace_back(kStatus, sync::encode_move({-1, model::kInspectionSubmitted}));
  community.inspection = record;
  return record;
}

Plain Records::finding(Community& community) {
  using namespace finding_field;
  if (!community.inspection) (void)inspection(community);
  const auto& of = *community.inspection;
  const auto value = [&](std::uint32_t field) {
    return std::find_if(of.fields.begin(), of.fields.end(),
                        [&](const auto& each) { return each.first == field; })
        ->second;
  };
  const auto found = model::local_day_of_ms(now_ms_);
  const auto severity = static_cast<std::int64_t>(1 + pick(4));
  constexpr std::int64_t kDays[] = {1, 7, 15, 30};
  Plain record{
      model::schema().type("finding"), community.scope, sync::new_record_id(now_ms_ * 1000), {}};
  record.fields = {{kInspection, ref("inspection", community.scope, of.id, community.scope)},
                   {kCompound, value(inspection_field::kCompound)},
                   {kCompanyRef, value(3)},
                   {kItemCode, encode_text(item_code(pick(kChecklistItems)))},
                   {kSeverity, encode_int(severity)},
                   {6, encode_text(sentence(7 + pick(4)))},
                   {7, encode_text(std::to_string(1 + pick(30)) + "号楼" +
                                   std::to_string(1 + pick(4)) + "单元")},
                   {9, encode_int(1)},
                   {kFoundOn, encode_int(found)},
                   {kDueOn, encode_int(found + kDays[severity - 1])},
                   {kStatus, sync::encode_move({-1, model::kFindingOpen})}};
  return record;
}

std::vector<Plain> Records::next(std::size_t n) {
  auto& community = communities_[turn_++ % communities_.size()];
  std::vector<Plain> records;
  records.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    const bool inspects = mix_ == Mix::inspections || (mix_ == Mix::mixed && made_ % 3 == 0);
    records.push_back(inspects ? inspection(community) : finding(community));
    ++made_;
    now_ms_ += step_ms_;
  }
  return records;
}

Writer::Writer(node::Replica& hub, const std::string& scope)
    : city_(hub.identity().city),
      policy_(hub.trust()->newest_policy),
      // An hour ago: stamps that go up by a microsecond a change never reach the future.
      stamp_(hub.now() - 3'600'000'000) {
  const auto invite =
      must(node::invite(hub, {crypto::Role::office, scope, "benchmark", "", std::chrono::hours(1)}),
           "inviting the writer");
  const node::EnrolRequest request{invite.secret, key_.public_key(), key_.sealing_key()};
  const auto answer =
      must(node::EnrolAnswer::decode(must(node::enrol(hub, request.encode(key_)), "enrolling")),
           "the enrolment's answer");
  const auto own = must(crypto::SignedBody::decode(answer.chain.back()), "its certificate");
  certificate_ = crypto::certificate_hash(own.body);
  author_ = crypto::author_of(key_.public_key());
}

sync::Object Writer::sign(const std::vector<Plain>& records) {
  auto& feed = feeds_[records.front().scope];
  sync::ChangeSet set;
  set.city = city_;
  set.feed = {author_, records.front().scope, records.front().type->audience, {}};
  set.certificate = certificate_;
  set.seq = feed.seq + 1;
  set.prev = feed.tip;
  set.policy = policy_;
  set.schema_version = model::schema().version;
  set.time_base = stamp_ + 1;
  sync::Parcel parcel;
  std::vector<std::string> committed;  // What the set's views point into.
  committed.reserve(records.size() * 2);
  for (const auto& record : records) {
    sync::Change change;
    change.type = record.type->number;
    change.id = record.id;
    change.stamp = ++stamp_;
    for (const auto& [number, value] : record.fields) {
      if (record.type->field(number)->protection == model::Protection::plain) {
        change.fields.push_back({number, value});
        continue;
      }
      sync::Opening opening{static_cast<std::uint32_t>(parcel.openings.size()),
                            crypto::random<crypto::Salt>(), value};
      cbor::Writer w;
      w.tag(cbor::kTagCommitment);
      w.bytes(
          sync::commitment(opening.salt, city_, change.type, record.scope, record.id, number, value)
              .view());
      committed.push_back(w.take());
      change.fields.push_back({number, committed.back()});
      parcel.openings.push_back(std::move(opening));
    }
    set.changes.push_back(std::move(change));
  }
  parcel.body = must(sync::encode_change_set(set), "encoding a change set");
  parcel.signature = key_.sign(crypto::kDomainChangeSet, parcel.body);
  feed.seq = set.seq;
  feed.tip = sync::change_set_hash(parcel.body);
  return {sync::ObjectKind::parcel, parcel.encode()};
}

City::City(const std::filesystem::path& folder) : folder_(folder) {
  must(node::found_city(hub_folder(), {"benchmark", kCity, clock_.now()}, clock_), "founding");
  hub_ = must(node::Replica::open(hub_folder(), clock_), "opening the hub");
}

std::vector<std::vector<sync::Object>> batches(std::vector<sync::Object> objects) {
  std::vector<std::vector<sync::Object>> made(1);
  std::size_t bytes = 0;
  for (auto& object : objects) {
    if (bytes >= sync::kBatchBytesAim) {
      made.emplace_back();
      bytes = 0;
    }
    bytes += object.bytes.size();
    made.back().push_back(std::move(object));
  }
  return made;
}

void push(node::Replica& replica, std::vector<sync::Object> objects, const Hash& from) {
  for (auto& batch : batches(std::move(objects))) {
    const auto verdicts = must(replica.take(std::move(batch), from), "taking a batch");
    ensure(verdicts.empty(),
           verdicts.empty() ? "" : "a set was refused: " + verdicts.front().detail);
  }
}

void City::fill(Records& source, Writer& writer, std::size_t records, std::size_t changes) {
  constexpr std::size_t kAtOnce = 4 << 20;  // Bytes: a million records need not be in memory.
  std::vector<sync::Object> objects;
  std::size_t bytes = 0;
  for (std::size_t done = 0; done < records;) {
    const auto n = std::min(changes, records - done);
    objects.push_back(writer.sign(source.next(n)));
    bytes += objects.back().bytes.size();
    done += n;
    if (bytes < kAtOnce && done < records) continue;
    push(*hub_, std::move(objects), writer.certificate());
    objects.clear();
    bytes = 0;
  }
}

}  // namespace linli::bench
