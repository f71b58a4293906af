#include "task_library.hpp"

#if !defined(_WIN32)
#include <dlfcn.h>
#endif

#include <deque>
#include <mutex>

#include "errors.hpp"

namespace plyo {
namespace {

void check_module(const TaskModule& module, const std::string& origin, const ModuleUse& use) {
  if (module.magic != TaskModule::kMagic) {
    throw std::invalid_argument(text(origin, " is no module of tasks: its '", kTaskModuleSymbol,
                                     "' does not begin with the magic number"));
  }
  if (module.version != TaskModule::kVersion) {
    throw std::invalid_argument(text(origin, " is a module of tasks of version ", module.version,
                                     ", this build of Plyo reads version ", TaskModule::kVersion,
                                     "; compile it again with this build's headers"));
  }
  if (module.layout != module_layout()) {
    throw std::invalid_argument(
        text(origin, " was compiled with headers of another build of Plyo; compile it again"));
  }
  if (!use.headers.empty() && use.headers != module.headers) {
    throw std::invalid_argument(text(origin, " was compiled with other headers of Plyo; compile it again"));
  }
  if (module.num_tasks == 0 || module.tasks == nullptr)
    throw std::invalid_argument(text(origin, " holds no task"));
}

// A suffix of tasks in the registry, which lives until the process ends.
std::string_view kept(const std::string& suffix) {
  static std::mutex mutex;
  static std::deque<std::string>* const suffixes = new std::deque<std::string>;
  const std::lock_guard lock(mutex);
  for (const std::string& known : *suffixes) {
    if (known == suffix) return known;
  }
  return suffixes->emplace_back(suffix);
}

// What a module calls about undefined behaviour.
void throw_fault(const char* file, std::uint32_t line, std::uint32_t column, const char* what,
                 std::int64_t index) {
  const std::string number = index < 0 ? "" : text(": ", index);
  throw TaskFailed(text(file, ":", line, ":", column, ": ", what, number));
}

// Closes a file whose tasks were refused.
#if !defined(_WIN32)
class OpenFile {
 public:
  // Symbols are resolved at once and stay the file's own.
  explicit OpenFile(const std::string& path) : handle_(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ != nullptr) return;
    const char* const reason = ::dlerror();
    throw std::invalid_argument(
        text("cannot open ", path, ": ", reason == nullptr ? "unknown reason" : reason));
  }
  ~OpenFile() {
    if (handle_ != nullptr) ::dlclose(handle_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  const void* find(const char* symbol) const { return ::dlsym(handle_, symbol); }
  void keep_open() { handle_ = nullptr; }

 private:
  void* handle_;
};
#endif

}  // namespace

std::vector<const Task*> add_module(const TaskModule& module, const std::string& origin,
                                    const ModuleUse& use) {
  check_module(module, origin, use);
  if (module.host != nullptr) *module.host = {&kRasterCalls, &kListCalls, &throw_fault};
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < module.num_tasks; ++i) {
    const ModuleTask& task = module.tasks[i];
    if (task.fast == nullptr && !use.completes) {
      throw std::invalid_argument(
          text(origin, " has the task ", task.name, " for the platform's libm alone"));
    }
    tasks.push_back({.name = task.name,
                     .family = task.family,
                     .fast = task.fast == nullptr ? TaskBuild{} : *task.fast,
                     .reference = task.reference == nullptr ? TaskBuild{} : *task.reference,
                     .scene = task.scene,
                     .suffix = use.suffix.empty() ? std::string_view() : kept(use.suffix)});
  }
  if (use.completes) {
    Registry::shared().complete(tasks);
    return {};
  }
  return Registry::shared().add(tasks, use.may_take_ids);
}

std::vector<const Task*> load_tasks(const std::string& path, const ModuleUse& use) {
#if defined(_WIN32)
  throw std::invalid_argument(text("cannot open ", path, ": shared objects are not loaded on this system"));
#else
  OpenFile file(path);
  const void* const module = file.find(kTaskModuleSymbol);
  if (module == nullptr) {
    throw std::invalid_argument(
        text(path, " is no module of tasks: it exports no '", kTaskModuleSymbol, "'"));
  }
  std::vector<const Task*> tasks = add_module(*static_cast<const TaskModule*>(module), path, use);
  file.keep_open();
  return tasks;
#endif
}

}  // namespace plyo
