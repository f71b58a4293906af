// The parameters of a batch: the same for all its lanes, or each lane's own, and the draws of resets. In memory,
// the numbers of what the batch is made of come after the Params.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "../core/env_info.hpp"
#include "../core/lane_numbers.hpp"
#include "../core/rng.hpp"
#include "../kernels/lane_view.hpp"
#include "../kernels/task_ops.hpp"
#include "function_ref.hpp"
#include "named_values.hpp"

namespace plyo {

// The source of a parameter's value.
enum class ParamSource : std::uint8_t {
  kValue,
  // drawn at each reset of a lane, by its stream
  kUniform,     // a real number in [low, high), an integer from low to high
  kLogUniform,  // a real number whose logarithm is uniform
  kChoice,      // one of some values
};

// Numbers for lanes: reals, or integers for integers and bools.
struct NumberColumn {
  std::vector<double> reals;
  std::vector<std::int64_t> integers;

  std::size_t size() const { return reals.empty() ? integers.size() : reals.size(); }
  Value at(ValueType type, std::size_t i) const;
};

// The new value or distribution of one parameter.
struct ParamSetting {
  std::string name;
  ParamSource source = ParamSource::kValue;
  std::optional<Value> value{};  // one for all lanes
  // otherwise: the values or the lower bounds, one a lane or one for all of them; the upper bounds as well;
  // the values to choose from
  NumberColumn first{}, second{};
};

struct ParamRequest {
  std::vector<ParamSetting> settings;
  std::vector<std::size_t> lanes{};  // in the order of the columns; empty: all lanes

  bool empty() const { return settings.empty(); }
};

class LaneParams {
 public:
  using Words = std::vector<std::uint64_t>;
  // Throws if a lane cannot have these Params in its present State.
  using CheckState = FunctionRef<void(std::size_t lane, const void* params)>;

 private:
  // The draws of resets for some lanes.
  struct Draw {
    const Field* field;
    ParamSource source;
    NumberColumn first, second;       // by lane, or one for all of them; or the choices
    std::vector<std::uint8_t> lanes;  // by lane: whether it draws this; empty: all do

    bool covers(std::size_t lane) const { return lanes.empty() || lanes[lane] != 0; }
    Value low(std::size_t lane) const { return first.at(field->type, first.size() == 1 ? 0 : lane); }
    Value high(std::size_t lane) const { return second.at(field->type, second.size() == 1 ? 0 : lane); }
    Value draw(std::size_t lane, Rng& rng) const;
  };

 public:
  // New parameters that have been checked and only need to be put in place.
  class Change {
   public:
    // Whether lanes get Params of their own.
    bool is_by_lane() const { return !columns_.empty(); }
    // Whether resets draw.
    bool draws() const { return !draws_.empty(); }

   private:
    friend class LaneParams;
    std::optional<Words> shared_;
    std::vector<std::byte> shared_table_;
    std::vector<std::size_t> lanes_;
    Words columns_;  // one lane's words after another's
    std::vector<std::vector<std::byte>> tables_;
    Words new_planes_;
    std::vector<Draw> draws_;
  };

  // Throws std::invalid_argument for arguments that are not legal.
  // `resource` is what the task needs, if it needs something.
  LaneParams(const EnvInfo& info, const TaskOps& task, std::size_t num_lanes, const NamedValues& arguments,
             const void* resource = nullptr, const LaneNumbers& numbers = {});

  // The Params of the lanes without their own, at an address that stays.
  const void* shared() const { return shared_.data(); }
  // The Params of a lane, in their place or copied to `scratch`.
  const void* of_lane(std::size_t lane, Words& scratch) const;
  // Tells kernels which Params the lanes from `first` on have.
  void show(LaneView& view, std::size_t first) const {
    view.has_default_constants = has_default_constants_;
    if (planes_.empty()) return;
    view.lane_params = planes_.data() + first;
    view.params_stride = stride_;
  }

  // A parameter or constant by its name. Throws std::invalid_argument.
  const Field& field(std::string_view name) const;
  // Its value; texts and lists are the same for all lanes and live until they are changed.
  Value value(const Field& field, std::size_t lane) const;
  // The numbers of a lane beside its Params.
  void read_numbers(std::size_t lane, double* out) const;

  // The same after a change by which no lane gets Params of its own.
  const void* shared_after(const Change& change) const {
    return change.shared_ ? change.shared_->data() : shared_.data();
  }
  // Whether the constants among some Params are the task's defaults.
  bool has_default_constants(const void* params) const;

  // Whether anything was changed since the batch was made, and whether resets draw.
  bool is_changed() const { return is_changed_; }
  bool draws() const { return !draws_.empty(); }
  // Whether all lanes may be stepped while they wait for a reset.
  bool may_step_idly() const { return may_step_idly_; }

  // Checks new values; throws std::invalid_argument, naming the lane, and changes nothing.
  Change prepare(const ParamRequest& request, CheckState check_state);
  // The same for the values in the block that save() wrote, or for those at first if it is empty.
  Change prepare_saved(std::span<const std::byte> block, std::size_t num_saved,
                       std::span<const std::size_t> lanes, CheckState check_state);
  void apply(Change&& change) noexcept;

  // The values of the listed lanes, by name.
  std::vector<std::byte> save(std::span<const std::size_t> lanes) const;

  // Draws for lanes that are to be reset, each from its own stream.
  void draw(std::size_t first, const LaneIndex* lanes, std::size_t count, Rng* rngs);

  // All lanes' values, to go back to.
  struct Backup {
    Words shared, planes;
  };
  Backup backup() const { return {shared_, planes_}; }
  void restore(Backup backup);

 private:
  // A change to be made.
  struct Edit {
    std::span<const std::size_t> lanes;
    bool alike;  // whether all get the same
    FunctionRef<void(std::size_t i, void* params)> set;
    std::vector<Draw> draws;
    bool checks_spaces;
  };

  // Fields of numbers have no functions, but a place of their own.
  static bool is_lane_number(const Field& field) { return field.set == nullptr; }
  std::size_t word_of(const Field& field) const {
    return num_param_words_ + static_cast<std::size_t>(&field - number_fields_.data());
  }
  Value get(const Field& field, const void* params) const;
  void set(const Field& field, void* params, const Value& value) const;
  std::string find_bad_number(const void* params) const;
  // Those that are not the usual ones in one of the lanes.
  std::vector<const Field*> changed_numbers(std::span<const std::size_t> lanes) const;

  std::uint64_t* column_of(std::size_t lane, std::uint64_t* words) const;
  void put_column(std::size_t lane, const std::uint64_t* words);
  bool are_all(std::span<const std::size_t> lanes) const;
  void check_setting(const ParamSetting& setting, const Field& field, std::size_t num_listed) const;
  std::vector<Draw> updated_draws(const ParamRequest& request, std::span<const std::size_t> lanes) const;
  Change stage(const Edit& edit, CheckState check_state);
  void check(const void* params, const Edit& edit, std::size_t lane) const;
  void check_spaces(const void* params) const;
  void check_draws(const Words& words, const Edit& edit, std::size_t lane) const;
  void complain(std::string_view complaint, const void* params, std::size_t lane, bool names_lane) const;
  std::vector<std::byte> make_table(std::uint64_t* words) const;
  void note_kinds();
  bool all_step_idly() const;
  void visit_ends(const Words& words, std::span<const Draw> draws, std::size_t lane,
                  FunctionRef<void(const void* params)> visit) const;

  const EnvInfo& info_;
  const TaskOps& task_;
  std::size_t num_lanes_;
  std::size_t num_param_words_;
  std::size_t num_words_;  // with the numbers
  std::size_t stride_;
  ValueStore values_;                 // the memory that Params refer to
  std::vector<Field> number_fields_;  // of the numbers, at addresses that stay
  std::vector<NumberBound> bounds_;   // of each
  Words shared_, original_, defaults_;
  std::vector<std::byte> shared_table_;
  Words planes_;  // word w of lane i at w * stride + i; none while all lanes have the shared Params
  std::vector<std::vector<std::byte>> tables_;  // of lanes that have Params of their own
  std::vector<Draw> draws_;                     // in the order in which they are drawn
  bool is_changed_ = false;
  bool has_default_constants_ = false;
  bool may_step_idly_ = false;
};

}  // namespace plyo
