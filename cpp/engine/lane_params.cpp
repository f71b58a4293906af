#include "lane_params.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>

#include "../core/math.hpp"
#include "errors.hpp"
#include "lane_store.hpp"

namespace plyo {
namespace {

bool in_range(Range range, double value) {
  if (range == Range::kAny) return !std::isnan(value);
  return std::isfinite(value) && (range == Range::kFinite || value > 0);
}

const char* text_of(Range range) {
  if (range == Range::kAny) return "a number";
  return range == Range::kPositive ? "a positive, finite number" : "a finite number";
}

// Whether two spaces hold the same values.
bool same_values(const SpaceInfo& a, const SpaceInfo& b) {
  if (a.form != b.form || a.num_leaves != b.num_leaves) return false;
  for (std::size_t k = 0; k < a.num_leaves; ++k) {
    const LeafInfo &x = a.leaves[k], &y = b.leaves[k];
    if ((a.is_dict() && x.name != y.name) || x.kind != y.kind || x.dtype != y.dtype || x.size != y.size ||
        x.start != y.start || x.shape != y.shape || x.num_elements != y.num_elements) {
      return false;
    }
    for (std::size_t i = 0; x.kind == SpaceKind::kBox && i < x.num_elements; ++i) {
      const Element one = a.element(x, i), other = b.element(y, i);
      if (one.low != other.low || one.high != other.high) return false;
    }
  }
  return true;
}

// Whether two infos have the same arrays.
bool same_arrays(const InfoList& a, const InfoList& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const InfoLeaf& x, const InfoLeaf& y) {
    return x.name == y.name && x.dtype == y.dtype && x.shape == y.shape && x.at_reset == y.at_reset;
  });
}

}  // namespace

Value NumberColumn::at(ValueType type, std::size_t i) const {
  Value value{.type = type};
  if (type == ValueType::kReal) {
    value.real = reals[i];
  } else {
    value.integer = integers[i];
  }
  return value;
}

// ---- making ----

LaneParams::LaneParams(const EnvInfo& info, const TaskOps& task, std::size_t num_lanes,
                       const NamedValues& arguments, const void* resource, const LaneNumbers& numbers)
    : info_(info),
      task_(task),
      num_lanes_(num_lanes),
      num_param_words_((task.params_bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t)),
      num_words_(num_param_words_ + numbers.size()),
      stride_(padded_stride(num_lanes)),
      shared_(num_words_ + 1),  // one word at least has an address
      defaults_(num_words_ + 1) {
  task_.init_params(defaults_.data());
  for (const LaneNumber& number : numbers) {
    defaults_[num_param_words_ + number_fields_.size()] = std::bit_cast<std::uint64_t>(number.usual);
    Field& field = number_fields_.emplace_back();
    field.name = values_.keep(Text(number.name));
    field.type = ValueType::kReal;
    bounds_.push_back(number.bound);
  }
  shared_ = defaults_;
  for (const auto& [name, value] : arguments) {
    set_fields(info_.params, {{name, values_.keep(value)}}, shared_.data());
  }
  // what is computed once is computed by the arguments, so theirs come first
  if (task_.bind != nullptr) {
    task_.bind(shared_.data(), resource);
    task_.bind(defaults_.data(), resource);
  }
  const std::size_t nobody = 0;
  const auto no_edit = [](std::size_t, void*) {};
  check(shared_.data(), {.lanes = {}, .alike = true, .set = no_edit, .draws = {}, .checks_spaces = false},
        nobody);
  original_ = shared_;
  shared_table_ = make_table(shared_.data());
  note_kinds();
}

std::vector<std::byte> LaneParams::make_table(std::uint64_t* words) const {
  if (task_.make_table == nullptr) return {};
  std::vector<std::byte> table(task_.table_bytes(words));
  task_.make_table(words, table.data());
  return table;
}

bool LaneParams::has_default_constants(const void* params) const {
  return std::all_of(info_.constants.begin(), info_.constants.end(), [&](const Field& field) {
    const Value value = field.get(params), usual = field.get(defaults_.data());
    switch (field.type) {
      case ValueType::kReal:
        return std::bit_cast<std::uint64_t>(value.real) == std::bit_cast<std::uint64_t>(usual.real);
      case ValueType::kText:
        return value.text == usual.text;
      case ValueType::kName:
        return value.integer == usual.integer && value.text == usual.text;
      case ValueType::kNumbers:
        return std::equal(value.numbers.begin(), value.numbers.end(), usual.numbers.begin(),
                          usual.numbers.end());
      case ValueType::kTexts:
        return std::equal(value.texts.begin(), value.texts.end(), usual.texts.begin(), usual.texts.end());
      default:
        return value.integer == usual.integer;
    }
  });
}

// What kernels may assume.
void LaneParams::note_kinds() {
  // draws for the only lane change what all share
  has_default_constants_ = planes_.empty() && draws_.empty() && has_default_constants(shared_.data());
  may_step_idly_ = all_step_idly();
}

bool LaneParams::all_step_idly() const {
  if (!task_.may_step_idly || task_.draws_in_step == nullptr) return task_.may_step_idly;
  bool any_draws = false;
  Words words(num_words_ + 1);
  for (std::size_t lane = 0; lane < (planes_.empty() ? 1 : num_lanes_); ++lane) {
    column_of(lane, words.data());
    any_draws = any_draws || task_.draws_in_step(words.data());
    visit_ends(words, draws_, lane,
               [&](const void* params) { any_draws = any_draws || task_.draws_in_step(params); });
  }
  return !any_draws;
}

// ---- looking ----

bool LaneParams::are_all(std::span<const std::size_t> lanes) const {
  if (lanes.size() < num_lanes_) return false;
  std::vector<std::uint8_t> listed(num_lanes_);
  for (const std::size_t lane : lanes) listed[lane] = 1;
  return std::count(listed.begin(), listed.end(), 0) == 0;
}

std::uint64_t* LaneParams::column_of(std::size_t lane, std::uint64_t* words) const {
  if (planes_.empty()) {
    std::copy_n(shared_.data(), num_words_, words);
  } else {
    for (std::size_t w = 0; w < num_words_; ++w) words[w] = planes_[w * stride_ + lane];
  }
  return words;
}

void LaneParams::put_column(std::size_t lane, const std::uint64_t* words) {
  if (planes_.empty()) {
    std::copy_n(words, num_words_, shared_.data());
  } else {
    for (std::size_t w = 0; w < num_words_; ++w) planes_[w * stride_ + lane] = words[w];
  }
}

const void* LaneParams::of_lane(std::size_t lane, Words& scratch) const {
  if (planes_.empty()) return shared_.data();
  scratch.resize(num_words_ + 1);
  return column_of(lane, scratch.data());
}

const Field& LaneParams::field(std::string_view name) const {
  for (const FieldList* const list : {&info_.params, &info_.constants}) {
    for (const Field& field : *list) {
      if (field.name == name) return field;
    }
  }
  for (const Field& field : number_fields_) {
    if (field.name == name) return field;
  }
  std::string known;
  for (const FieldList* const list : {&info_.params, &info_.constants}) {
    for (const Field& field : *list) known += text(known.empty() ? "" : ", ", field.name);
  }
  throw std::invalid_argument(
      text("there is no parameter '", name, "'; there ", known.empty() ? "are none" : "are: ", known));
}

Value LaneParams::value(const Field& field, std::size_t lane) const {
  if (is_lane_number(field)) {
    const std::size_t word = word_of(field);
    const std::uint64_t bits = planes_.empty() ? shared_[word] : planes_[word * stride_ + lane];
    return {.type = ValueType::kReal, .real = std::bit_cast<double>(bits)};
  }
  Words scratch;
  return field.get(is_number(field.type) ? of_lane(lane, scratch) : shared());
}

void LaneParams::read_numbers(std::size_t lane, double* out) const {
  for (const Field& field : number_fields_) *out++ = value(field, lane).real;
}

Value LaneParams::get(const Field& field, const void* params) const {
  if (!is_lane_number(field)) return field.get(params);
  const std::uint64_t bits = static_cast<const std::uint64_t*>(params)[word_of(field)];
  return {.type = ValueType::kReal, .real = std::bit_cast<double>(bits)};
}

void LaneParams::set(const Field& field, void* params, const Value& value) const {
  if (!is_lane_number(field)) return field.set(params, value);
  static_cast<std::uint64_t*>(params)[word_of(field)] = std::bit_cast<std::uint64_t>(value.real);
}

std::vector<const Field*> LaneParams::changed_numbers(std::span<const std::size_t> lanes) const {
  std::vector<const Field*> changed;
  for (const Field& field : number_fields_) {
    const double usual = get(field, defaults_.data()).real;
    const auto differs = [&](std::size_t lane) { return value(field, lane).real != usual; };
    if (std::any_of(lanes.begin(), lanes.end(), differs)) changed.push_back(&field);
  }
  return changed;
}

// ---- checking ----

void LaneParams::complain(std::string_view complaint, const void* params, std::size_t lane,
                          bool names_lane) const {
  if (complaint.empty()) return;
  const std::string who = names_lane ? text("environment ", lane, ": ") : "";
  throw_complaint(who + std::string(complaint), info_.params, params, &info_.constants);
}

void LaneParams::check_spaces(const void* params) const {
  const bool same_spaces =
      same_values(task_.observation_space(params), task_.observation_space(shared_.data())) &&
      same_values(task_.action_space(params), task_.action_space(shared_.data()));
  const bool same_infos =
      task_.infos == nullptr || same_arrays(task_.infos(params), task_.infos(shared_.data()));
  const bool same_file = task_.file == nullptr || task_.file(params) == task_.file(shared_.data());
  const bool same_states =
      task_.asks_for_other == nullptr || task_.asks_for_other(params) == task_.asks_for_other(shared_.data());
  if (same_spaces && same_infos && same_file && same_states) return;
  std::string names;
  for (const Field& field : info_.params) {
    const Value now = field.get(shared_.data()), then = field.get(params);
    if (now.integer != then.integer || now.real != then.real || now.text != then.text ||
        now.texts.items != then.texts.items || !std::ranges::equal(now.numbers, then.numbers)) {
      names += text(names.empty() ? "'" : "', '", field.name);
    }
  }
  throw std::invalid_argument(text("the parameter ", names, "' decides the ",
                                   !same_spaces  ? "spaces"
                                   : !same_infos ? "keys of the info"
                                   : !same_file  ? "model"
                                                 : "numbers of a state",
                                   ", which stay the same as long as environments live; make others with "
                                   "that value"));
}

void LaneParams::check(const void* params, const Edit& edit, std::size_t lane) const {
  const bool names_lane = !edit.alike && num_lanes_ > 1;
  complain(task_.check_params(params), params, lane, names_lane);
  complain(find_bad_number(params), params, lane, names_lane);
  for (const FieldList* const list : {&info_.params, &info_.constants}) {
    for (const Field& field : *list) {
      if (field.type != ValueType::kReal && field.type != ValueType::kNumbers) continue;
      const Value value = field.get(params);
      bool fits = field.type == ValueType::kNumbers || in_range(field.range, value.real);
      for (const double number : value.numbers) fits = fits && in_range(field.range, number);
      if (fits) continue;
      complain(text(field.name, " must be ", text_of(field.range), ", got {", field.name, "}"), params, lane,
               names_lane);
    }
  }
}

// The complaint about a number that it may not be.
std::string LaneParams::find_bad_number(const void* params) const {
  for (const Field& field : number_fields_) {
    const double number = get(field, params).real;
    const NumberBound bound = bounds_[static_cast<std::size_t>(&field - number_fields_.data())];
    const bool is_large =
        bound == NumberBound::kFinite || number > 0 || (bound == NumberBound::kNotNegative && number == 0);
    if (std::isfinite(number) && is_large) continue;
    return text(field.name, " must be ",
                bound == NumberBound::kFinite     ? "a finite number"
                : bound == NumberBound::kPositive ? "a positive, finite number"
                                                  : "a finite number that is not negative",
                ", got ", number);
  }
  return {};
}

void LaneParams::check_setting(const ParamSetting& setting, const Field& field,
                               std::size_t num_listed) const {
  const auto refuse = [&](const std::string& what) {
    throw std::invalid_argument(text("the parameter '", field.name, "' ", what));
  };
  if (setting.value) {
    if (field.count > 0 && setting.value->numbers.size() != field.count) {
      refuse(text("must be ", field.count, " numbers, got ", setting.value->numbers.size()));
    }
    if (!is_number(field.type) && num_listed != num_lanes_) {
      refuse("is no number: all environments of a batch have the same");
    }
    return;
  }
  if (!is_number(field.type)) refuse("is no number: it is the same for all environments and not drawn");
  if (setting.source == ParamSource::kValue) return;
  if (setting.source == ParamSource::kChoice) {
    if (setting.first.size() == 0) refuse("needs at least one value to choose from");
    return;
  }
  if (field.type == ValueType::kBool) refuse("is True or False: draw it with Choice([False, True])");
  const bool is_log = setting.source == ParamSource::kLogUniform;
  if (is_log && field.type != ValueType::kReal) refuse("is an integer: draw it with Uniform or Choice");
  const std::size_t rounds = std::max(setting.first.size(), setting.second.size());
  for (std::size_t i = 0; i < rounds; ++i) {
    const Value low = setting.first.at(field.type, setting.first.size() == 1 ? 0 : i);
    const Value high = setting.second.at(field.type, setting.second.size() == 1 ? 0 : i);
    const bool ordered = field.type == ValueType::kReal ? low.real <= high.real : low.integer <= high.integer;
    const bool narrow = field.type != ValueType::kReal || std::isfinite(high.real - low.real);
    if (ordered && narrow && !(is_log && low.real <= 0)) continue;
    refuse(text("is drawn from ", is_log ? "positive bounds" : "bounds", " whose first is at most the second",
                ", got ", field.type == ValueType::kReal ? text(low.real) : text(low.integer), " and ",
                field.type == ValueType::kReal ? text(high.real) : text(high.integer)));
  }
}

// Visits the Params that a lane's resets may draw: each of the ends of the ranges, and each choice.
void LaneParams::visit_ends(const Words& words, std::span<const Draw> draws, std::size_t lane,
                            FunctionRef<void(const void* params)> visit) const {
  const auto num_ends = [](const Draw& draw) {
    return draw.source == ParamSource::kChoice ? draw.first.size() : std::size_t{2};
  };
  const auto set_end = [&](const Draw& draw, std::size_t end, Words& params) {
    const bool is_choice = draw.source == ParamSource::kChoice;
    set(*draw.field, params.data(),
        is_choice  ? draw.first.at(draw.field->type, end)
        : end == 0 ? draw.low(lane)
                   : draw.high(lane));
  };
  for (const bool others_high : {false, true}) {
    for (const Draw& tried : draws) {
      if (!tried.covers(lane)) continue;
      Words params = words;
      for (const Draw& other : draws) {
        if (other.covers(lane)) set_end(other, others_high ? num_ends(other) - 1 : 0, params);
      }
      for (std::size_t end = 0; end < num_ends(tried); ++end) {
        set_end(tried, end, params);
        visit(params.data());
      }
    }
  }
}

void LaneParams::check_draws(const Words& words, const Edit& edit, std::size_t lane) const {
  // numbers beside the Params decide no space
  const auto is_param = [](const Draw& draw) { return !is_lane_number(*draw.field); };
  const bool draws_params = std::any_of(edit.draws.begin(), edit.draws.end(), is_param);
  visit_ends(words, edit.draws, lane, [&](const void* params) {
    check(params, edit, lane);
    if (!edit.checks_spaces || !draws_params) return;
    Words own = words;
    std::memcpy(own.data(), params, num_words_ * sizeof(own[0]));
    const std::vector<std::byte> table = make_table(own.data());  // which spaces may depend on
    check_spaces(own.data());
  });
}

// ---- changing ----

// The draws after these settings for these lanes.
std::vector<LaneParams::Draw> LaneParams::updated_draws(const ParamRequest& request,
                                                        std::span<const std::size_t> lanes) const {
  std::vector<Draw> draws = draws_;
  const bool all = are_all(lanes);
  for (const ParamSetting& setting : request.settings) {
    const Field& own = field(setting.name);
    for (Draw& draw : draws) {
      if (draw.field != &own) continue;
      if (draw.lanes.empty()) draw.lanes.assign(num_lanes_, 1);
      for (const std::size_t lane : lanes) draw.lanes[lane] = 0;
    }
    std::erase_if(draws, [](const Draw& draw) {
      return !draw.lanes.empty() && std::count(draw.lanes.begin(), draw.lanes.end(), 0) ==
                                        static_cast<std::ptrdiff_t>(draw.lanes.size());
    });
    if (setting.source == ParamSource::kValue) continue;
    Draw draw{&own, setting.source, setting.first, setting.second, {}};
    if (!all) {
      draw.lanes.assign(num_lanes_, 0);
      for (const std::size_t lane : lanes) draw.lanes[lane] = 1;
    }
    // bounds of listed lanes become bounds by lane
    const auto spread = [&](NumberColumn& column) {
      if (column.size() <= 1 || setting.source == ParamSource::kChoice) return;
      NumberColumn by_lane;
      by_lane.reals.resize(column.reals.empty() ? 0 : num_lanes_);
      by_lane.integers.resize(column.integers.empty() ? 0 : num_lanes_);
      for (std::size_t i = 0; i < lanes.size(); ++i) {
        if (!column.reals.empty()) by_lane.reals[lanes[i]] = column.reals[i];
        if (!column.integers.empty()) by_lane.integers[lanes[i]] = column.integers[i];
      }
      column = std::move(by_lane);
    };
    spread(draw.first);
    spread(draw.second);
    draws.push_back(std::move(draw));
  }
  return draws;
}

LaneParams::Change LaneParams::stage(const Edit& edit, CheckState check_state) {
  Change change;
  change.draws_ = edit.draws;
  const bool all = are_all(edit.lanes);
  const bool stays_shared = num_lanes_ == 1 || (planes_.empty() && edit.alike && all && edit.draws.empty());
  if (all && (edit.alike || num_lanes_ == 1)) {
    Words words = shared_;
    edit.set(0, words.data());
    check(words.data(), edit, 0);
    if (num_lanes_ == 1) check_draws(words, edit, 0);
    change.shared_table_ = make_table(words.data());
    if (edit.checks_spaces) check_spaces(words.data());
    if (stays_shared) {
      for (std::size_t lane = 0; lane < num_lanes_; ++lane) check_state(lane, words.data());
    }
    change.shared_ = std::move(words);
  }
  if (stays_shared) return change;
  Words words(num_words_ + 1);
  change.lanes_.assign(edit.lanes.begin(), edit.lanes.end());
  change.columns_.reserve(edit.lanes.size() * num_words_);
  for (std::size_t i = 0; i < edit.lanes.size(); ++i) {
    column_of(edit.lanes[i], words.data());
    edit.set(i, words.data());
    check(words.data(), edit, edit.lanes[i]);
    check_draws(words, edit, edit.lanes[i]);
    if (task_.make_table != nullptr) change.tables_.push_back(make_table(words.data()));
    if (edit.checks_spaces) check_spaces(words.data());
    check_state(edit.lanes[i], words.data());
    change.columns_.insert(change.columns_.end(), words.begin(),
                           words.begin() + static_cast<std::ptrdiff_t>(num_words_));
  }
  if (planes_.empty()) {
    change.new_planes_.resize(stride_ * num_words_);
    for (std::size_t w = 0; w < num_words_; ++w) {
      std::fill_n(change.new_planes_.begin() + static_cast<std::ptrdiff_t>(w * stride_), stride_, shared_[w]);
    }
    tables_.resize(task_.make_table == nullptr ? 0 : num_lanes_);
  }
  return change;
}

LaneParams::Change LaneParams::prepare(const ParamRequest& request, CheckState check_state) {
  std::vector<std::size_t> lanes = request.lanes;
  if (lanes.empty()) {
    lanes.resize(num_lanes_);
    std::iota(lanes.begin(), lanes.end(), std::size_t{0});
  }
  std::vector<std::size_t> sorted = lanes;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
    throw std::invalid_argument(text("environment ", *twice, " is listed twice"));
  }
  // the values in the order of the settings
  std::vector<const Field*> fields;
  std::vector<Value> kept;
  bool alike = true, only_constants = true;
  for (const ParamSetting& setting : request.settings) {
    const Field& own = field(setting.name);
    check_setting(setting, own, lanes.size());
    fields.push_back(&own);
    kept.push_back(setting.value ? values_.keep(*setting.value) : Value{});
    alike = alike && (setting.value || setting.source != ParamSource::kValue);
    const bool is_constant = std::any_of(info_.constants.begin(), info_.constants.end(),
                                         [&](const Field& constant) { return &constant == &own; });
    only_constants = only_constants && (is_constant || is_lane_number(own));
  }
  const auto set = [&](std::size_t i, void* params) {
    for (std::size_t k = 0; k < fields.size(); ++k) {
      const ParamSetting& setting = request.settings[k];
      if (setting.source != ParamSource::kValue) continue;
      this->set(*fields[k], params, setting.value ? kept[k] : setting.first.at(fields[k]->type, i));
    }
  };
  return stage({.lanes = lanes,
                .alike = alike,
                .set = set,
                .draws = updated_draws(request, lanes),
                .checks_spaces = !only_constants},
               check_state);
}

void LaneParams::apply(Change&& change) noexcept {
  draws_ = std::move(change.draws_);
  if (!change.new_planes_.empty()) planes_ = std::move(change.new_planes_);
  if (change.shared_) {
    std::copy(change.shared_->begin(), change.shared_->end(), shared_.begin());
    shared_table_ = std::move(change.shared_table_);
  }
  for (std::size_t i = 0; i < change.lanes_.size(); ++i) {
    put_column(change.lanes_[i], change.columns_.data() + i * num_words_);
    if (!change.tables_.empty()) tables_[change.lanes_[i]] = std::move(change.tables_[i]);
  }
  is_changed_ = true;
  note_kinds();
}

// ---- drawing ----

Value LaneParams::Draw::draw(std::size_t lane, Rng& rng) const {
  if (source == ParamSource::kChoice) {
    const auto count = static_cast<std::int64_t>(first.size());
    return first.at(field->type, static_cast<std::size_t>(rng.integers(0, count)));
  }
  Value value = low(lane);
  const Value top = high(lane);
  if (field->type != ValueType::kReal) {
    // the upper end is one of them
    const auto end = static_cast<std::int64_t>(static_cast<std::uint64_t>(top.integer) + 1);
    value.integer = rng.integers(value.integer, end);
  } else if (source == ParamSource::kUniform) {
    value.real = rng.uniform(value.real, top.real);
  } else {
    const double drawn = math::exp(rng.uniform(math::log(value.real), math::log(top.real)));
    value.real = math::clip(drawn, value.real, top.real);
  }
  return value;
}

void LaneParams::draw(std::size_t first, const LaneIndex* lanes, std::size_t count, Rng* rngs) {
  Words words(num_words_ + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t lane = first + lanes[i];
    column_of(lane, words.data());
    for (const Draw& draw : draws_) {
      if (draw.covers(lane)) set(*draw.field, words.data(), draw.draw(lane, rngs[lanes[i]]));
    }
    if (task_.make_table != nullptr) {
      std::vector<std::byte>& table = planes_.empty() ? shared_table_ : tables_[lane];
      table.resize(task_.table_bytes(words.data()));
      task_.make_table(words.data(), table.data());
    }
    put_column(lane, words.data());
  }
}

void LaneParams::restore(Backup backup) {
  std::copy(backup.shared.begin(), backup.shared.end(), shared_.begin());
  planes_ = std::move(backup.planes);
  if (task_.make_table == nullptr) return;
  // Params refer to tables, which may have been remade in place
  shared_table_ = make_table(shared_.data());
  Words words(num_words_ + 1);
  for (std::size_t lane = 0; !planes_.empty() && lane < num_lanes_; ++lane) {
    tables_[lane] = make_table(column_of(lane, words.data()));
    put_column(lane, words.data());
  }
}

}  // namespace plyo
