import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.stream.Collectors;
import org.json.JSONArray;
import org.json.JSONObject;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** One connection, and what is asked of it. */
final class Session {
    private static final Map<String, Integer> ISOLATION = Map.of(
            "read uncommitted", Connection.TRANSACTION_READ_UNCOMMITTED,
            "read committed", Connection.TRANSACTION_READ_COMMITTED,
            "repeatable read", Connection.TRANSACTION_REPEATABLE_READ,
            "serializable", Connection.TRANSACTION_SERIALIZABLE);

    /** How long a notification is waited for, and how often the driver is asked for it meanwhile. */
    private static final int WAIT_MILLIS = 5000;
    private static final int POLL_MILLIS = 100;

    final Connection connection;
    /** Whether the connection commits by itself but for what `begin` opened. */
    private final boolean autocommit;

    Session(Connection connection, boolean autocommit) {
        this.connection = connection;
        this.autocommit = autocommit;
    }

    void closeQuietly() {
        try {
            connection.close();
        } catch (SQLException ignored) {
            // It is dropped all the same.
        }
    }

    JSONObject perform(String operation, JSONObject request) throws Adapter.Refused, SQLException, IOException {
        switch (operation) {
            case "query":
                return query(request);
            case "execute":
                return execute(request);
            case "batch":
                return batch(request);
            case "begin":
                return begin(request);
            case "commit":
                connection.commit();
                return ended();
            case "rollback":
                connection.rollback();
                return ended();
            case "copy":
                return copy(request);
            case "tables":
                String pattern = request.optString("pattern", null);
                try (ResultSet tables = connection.getMetaData().getTables(null, null, pattern, null)) {
                    return Values.rows(tables);
                }
            case "listen":
                try (Statement statement = connection.createStatement()) {
                    statement.execute("LISTEN \"" + request.getString("channel") + "\"");
                }
                return Adapter.ok();
            case "notified":
                return notified();
            default:
                throw Adapter.Refused.broken("an operation that is not known");
        }
    }

    private JSONObject query(JSONObject request) throws Adapter.Refused, SQLException {
        String sql = request.getString("sql");
        try (Statement statement = connection.createStatement()) {
            configure(statement, request);
            return cancelling(statement, request, () -> results(statement, statement.execute(sql)));
        }
    }

    private JSONObject execute(JSONObject request) throws Adapter.Refused, SQLException {
        List<Integer> order = new ArrayList<>();
        String sql = Adapter.questionMarks(request.getString("sql"), order);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            configure(statement, request);
            bind(statement, order, request.optJSONArray("params", new JSONArray()));
            return cancelling(statement, request, () -> results(statement, statement.execute()));
        }
    }

    private static void configure(Statement statement, JSONObject request) throws SQLException {
        if (request.has("fetch")) {
            statement.setFetchSize(request.getInt("fetch"));
        }
        if (request.has("escape")) {
            statement.setEscapeProcessing(request.getBoolean("escape"));
        }
    }

    private interface Run {
        JSONObject run() throws SQLException;
    }

    /** Runs a statement; where the request says so, cancels it after a while from another thread. */
    private static JSONObject cancelling(Statement statement, JSONObject request, Run run) throws SQLException {
        if (!request.has("cancel")) {
            return run.run();
        }
        Timer timer = new Timer(true);
        timer.schedule(new TimerTask() {
            @Override
            public void run() {
                try {
                    statement.cancel();
                } catch (SQLException error) {
                    System.err.println("cancel: " + error);
                }
            }
        }, request.getInt("cancel"));
        try {
            return run.run();
        } finally {
            timer.cancel();
        }
    }

    /** Takes all results; the last one counts. */
    private static JSONObject results(Statement statement, boolean first) throws SQLException {
        JSONObject reply = new JSONObject().put("outcome", "done");
        for (boolean rows = first; ; rows = statement.getMoreResults()) {
            if (rows) {
                reply = Values.rows(statement.getResultSet());
                if (reply.getString("outcome").equals("error")) {
                    return reply;
                }
            } else if (statement.getUpdateCount() >= 0) {
                reply = new JSONObject().put("outcome", "done").put("rowcount", statement.getUpdateCount());
            } else {
                return reply;
            }
        }
    }

    private void bind(PreparedStatement statement, List<Integer> order, JSONArray params)
            throws Adapter.Refused, SQLException {
        for (int place = 0; place < order.size(); place++) {
            Object value = params.opt(order.get(place));
            int index = place + 1;
            if (value == null) {
                throw Adapter.Refused.broken("no parameter $" + (order.get(place) + 1));
            } else if (value == JSONObject.NULL) {
                statement.setNull(index, Types.NULL);
            } else if (value instanceof String) {
                statement.setString(index, (String) value);
            } else if (value instanceof Boolean) {
                statement.setBoolean(index, (Boolean) value);
            } else if (value instanceof Integer) {
                statement.setInt(index, (Integer) value);
            } else if (value instanceof Long) {
                statement.setLong(index, (Long) value);
            } else if (value instanceof JSONArray) {
                statement.setArray(index, array((JSONArray) value));
            } else {
                statement.setDouble(index, ((Number) value).doubleValue());
            }
        }
    }

    /** A list as the array that a program would make of it: of the type that its first element has. */
    private Array array(JSONArray list) throws SQLException {
        Object first = list.opt(0);
        while (first instanceof JSONArray) {
            first = ((JSONArray) first).opt(0);
        }
        String type = "varchar";
        if (first instanceof Boolean) {
            type = "bool";
        } else if (first instanceof Integer) {
            type = "int4";
        } else if (first instanceof Long) {
            type = "int8";
        } else if (first instanceof Number) {
            type = "float8";
        }
        return connection.createArrayOf(type, elements(list));
    }

    private static Object[] elements(JSONArray list) {
        Object[] elements = new Object[list.length()];
        for (int index = 0; index < elements.length; index++) {
            Object element = list.get(index);
            if (element instanceof JSONArray) {
                elements[index] = elements((JSONArray) element);
            } else if (element instanceof BigDecimal) {
                elements[index] = ((BigDecimal) element).doubleValue();
            } else {
                elements[index] = element == JSONObject.NULL ? null : element;
            }
        }
        return elements;
    }

    private JSONObject batch(JSONObject request) throws Adapter.Refused, SQLException {
        JSONArray statements = request.optJSONArray("statements");
        if (statements != null) {
            try (Statement statement = connection.createStatement()) {
                for (Object sql : statements) {
                    statement.addBatch(sql.toString());
                }
                return counts(statement.executeBatch());
            }
        }
        List<Integer> order = new ArrayList<>();
        String sql = Adapter.questionMarks(request.getString("sql"), order);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (Object params : request.getJSONArray("params")) {
                if (!(params instanceof JSONArray)) {
                    throw Adapter.Refused.broken("the parameters of a batch are lists, one an item");
                }
                bind(statement, order, (JSONArray) params);
                statement.addBatch();
            }
            return counts(statement.executeBatch());
        }
    }

    private static JSONObject counts(int[] counts) {
        return new JSONObject().put("outcome", "counts").put("counts", new JSONArray(counts));
    }

    private JSONObject begin(JSONObject request) throws Adapter.Refused, SQLException {
        if (request.optBoolean("deferrable")) {
            throw Adapter.Refused.unsupported("JDBC has no deferrable transactions");
        }
        if (request.has("isolation")) {
            Integer level = ISOLATION.get(request.getString("isolation").toLowerCase(Locale.ROOT));
            if (level == null) {
                throw Adapter.Refused.broken("an isolation level that is not known");
            }
            connection.setTransactionIsolation(level);
        }
        if (request.optBoolean("readonly")) {
            connection.setReadOnly(true);
        }
        // The next statement sends BEGIN.
        connection.setAutoCommit(false);
        return Adapter.ok();
    }

    private JSONObject ended() throws SQLException {
        if (connection.isReadOnly()) {
            connection.setReadOnly(false);
        }
        connection.setAutoCommit(autocommit);
        return Adapter.ok();
    }

    private JSONObject copy(JSONObject request) throws SQLException, IOException {
        StringBuilder lines = new StringBuilder();
        for (Object row : request.getJSONArray("rows")) {
            List<String> fields = new ArrayList<>();
            ((JSONArray) row).forEach(value -> fields.add(Values.copied(value)));
            lines.append(String.join("\t", fields)).append('\n');
        }
        String columns = request.getJSONArray("columns").toList().stream()
                .map(column -> '"' + column.toString() + '"')
                .collect(Collectors.joining(", "));
        String sql = "COPY \"" + request.getString("table") + "\" (" + columns + ") FROM STDIN";
        long count = connection.unwrap(PGConnection.class).getCopyAPI()
                .copyIn(sql, new StringReader(lines.toString()));
        return new JSONObject().put("outcome", "done").put("rowcount", count);
    }

    /** The driver finds notifications when it reads what a statement brought. */
    private JSONObject notified() throws SQLException {
        for (int waited = 0; waited < WAIT_MILLIS; waited += POLL_MILLIS) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("SELECT 1");
            }
            PGNotification[] heard = connection.unwrap(PGConnection.class).getNotifications();
            if (heard != null && heard.length > 0) {
                return new JSONObject().put("outcome", "notified")
                        .put("channel", heard[0].getName())
                        .put("payload", heard[0].getParameter());
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        return new JSONObject().put("outcome", "error").put("message", "no notification within 5 s");
    }
}
