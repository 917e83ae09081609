// The city is founded, its offices join, and months of work are entered.
#include "node/app/demo_story.h"

#include <algorithm>

#include "node/app/demo_samples.h"
#include "sync/clock.h"

namespace linli::app {
namespace {

constexpr std::size_t kStoryOffices = 4;
constexpr const char* kOfficeNames[] = {"服务大厅", "居委会", "居委会", "居委会"};

std::int64_t local_today() { return model::local_day_of_ms(sync::SystemClock().now() / 1000); }

}  // namespace

Story::Story(const DemoOptions& options, std::filesystem::path home)
    : options_(options),
      home_(std::move(home)),
      today_(local_today()),
      city_(make_city(options.communities, options.months, today_)),
      dice_(options.seed + 77) {}

void Story::chapter(std::string_view zh, std::string_view en) {
  if (interrupted()) throw Interrupted{};
  print("");
  print(std::to_string(++chapters_) + "  " + std::string(zh) + "  " + std::string(en));
  flush();
}

std::unique_ptr<DemoNode> Story::join(const std::string& key, const std::string& title,
                                      const std::string& scope, const std::string& role) {
  auto node = std::make_unique<DemoNode>(home_, key, title, scope);
  auto invite = hub_->linli(
      {"invite", "--role", role, "--scope", scope, "--name", title, "--url", hub_->url()});
  while (!invite.empty() && invite.back() == '\n') invite.pop_back();
  (void)node->linli({"join", invite});
  return node;
}

void Story::found() {
  chapter("建城", "A city is founded");
  hub_ = std::make_unique<DemoNode>(home_, "hub", city_.name, city_.scope);
  (void)hub_->linli({"init", "--role", "hub", "--name", city_.name, "--scope", city_.scope});
  std::string loaded;
  for (const auto& [type, records] : city_.reference) {
    std::string ndjson;
    for (const auto& record : records) ndjson += record.dump() + "\n";
    (void)hub_->linli({"records", "put", type, "-"}, ndjson);
    const auto* known = model::schema().type(type);
    loaded += (loaded.empty() ? "" : "、") + std::string(known ? known->label.zh : type) + " " +
              std::to_string(records.size());
  }
  put_city_samples();
  hub_->serve();
  print("   " + city_.name + "（" + city_.scope + "）  " + hub_->url());
  print("   市局数据：" + loaded);
  for (std::size_t i = 0; i < kStoryOffices; ++i) {
    const auto& community = city_.communities.at(i);
    offices_.push_back(join("office-" + std::to_string(i + 1),
                            community.name + " " + kOfficeNames[i], community.scope));
  }
  const auto& first = city_.communities.front();
  offices_.push_back(join("office-1b", first.name + " 值班室", first.scope));
  Table table({"", "社区", "区县", "范围"});
  for (std::size_t i = 0; i < offices_.size(); ++i) {
    const auto& community = city_.communities[i < kStoryOffices ? i : 0];
    table.add({"", offices_[i]->title(), community.district, offices_[i]->scope()});
  }
  table.print(60, " ");
}

void Story::put_work(DemoNode& node, std::size_t community) {
  const auto photo = home_ / "scratch" / "photo.png";
  write_file(photo, std::string(demo_photo()));
  (void)node.linli({"blobs", "put", photo.string()});
  for (const auto& [type, ndjson] :
       make_work(city_, community, options_.seed, options_.months, today_)) {
    if (!ndjson.empty()) (void)node.linli({"records", "put", type, "-"}, ndjson);
  }
  put_office_samples(node, community);
}

void Story::months() {
  chapter(std::to_string(options_.months) + " 个月的工作",
          "Months of work, entered at the offices");
  const auto total = static_cast<std::int64_t>(city_.communities.size());
  {
    ProgressLine progress("   社区 community");
    for (std::size_t i = 0; i < city_.communities.size(); ++i) {
      progress.show(static_cast<std::int64_t>(i), total);
      if (i < kStoryOffices) {
        put_work(*offices_[i], i);
        continue;
      }
      const auto& community = city_.communities[i];
      others_.push_back(join("office-" + std::to_string(i + 1), community.name, community.scope));
      put_work(*others_.back(), i);
      (void)others_.back()->linli({"sync"});
    }
  }
  for (auto& office : offices_) office->serve();
  settle("what the offices entered doesn't arrive at the hub");
  eventually("the second desk doesn't get its community's records", std::chrono::seconds(60), [&] {
    const auto records = offices_.back()->get("/node")["records"];
    return records.value("compound", std::size_t{0}) >= compounds_of(0);
  });
  const auto records = hub_->get("/node")["records"];
  std::string held;
  for (const auto* name :
       {"compound", "staff", "inspection", "finding", "attendance", "disclosure"}) {
    held += (held.empty() ? "" : "、") + std::string(model::schema().type(name)->label.zh) + " " +
            std::to_string(records.value(name, std::size_t{0}));
  }
  print("   市局现有：" + held);
}

void Story::settle(const std::string& what) {
  eventually(what, std::chrono::seconds(120), [&] {
    return std::all_of(offices_.begin(), offices_.end(),
                       [](const auto& office) { return office->waiting() == 0; });
  });
}

void Story::addresses() const {
  Table table({"", "", "打开网页 pages"});
  table.add({"", hub_->title(), hub_->url() + "/bureau"});
  for (const auto& office : offices_) table.add({"", office->title(), office->url() + "/"});
  print("");
  table.print(60, " ");
}

void Story::close() {
  for (auto& office : offices_) {
    expect(office->stop() == 0, office->title() + " didn't stop cleanly");
  }
  expect(hub_->stop() == 0, "the hub didn't stop cleanly");
}

}  // namespace linli::app
