// Gymnasium's models, from the file that scripts/make_stock_models.py writes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "physics3d/read_model.hpp"

namespace plyo::testing {

// What physics3d::read_model() reads from.
class StockModel {
 public:
  std::map<std::string, std::vector<double>> parts;

  template <class T>
  T number(const char* name) const {
    return static_cast<T>(parts.at(name).at(0));
  }
  std::size_t size(const char* name) const { return number<std::size_t>(name); }
  template <class T>
  void array(const char* name, std::vector<T>& out) const {
    out.clear();
    for (const double number : parts.at(name)) out.push_back(static_cast<T>(number));
  }
  template <class Take>
  void table(const char* name, std::size_t columns, const Take& take) const {
    const std::vector<double>& numbers = parts.at(name);
    if (numbers.size() % columns != 0) throw std::invalid_argument(name);
    for (std::size_t i = 0; i < numbers.size(); i += columns) take(numbers.data() + i);
  }
};

inline std::vector<physics3d::Model> stock_models(const char* path) {
  std::vector<StockModel> read;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string name = line.substr(0, end);
    if (name == "model") {
      read.emplace_back();
      continue;
    }
    std::vector<double>& numbers = read.back().parts[name];
    const char* next = line.c_str() + end;
    while (*next != '\0') {
      char* after = nullptr;
      numbers.push_back(std::strtod(next, &after));
      if (after == next) throw std::runtime_error("no number in " + line);
      next = after;
    }
  }
  std::vector<physics3d::Model> models;
  for (const StockModel& model : read) models.push_back(physics3d::read_model(model));
  return models;
}

}  // namespace plyo::testing
