import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import org.json.JSONArray;
import org.json.JSONObject;

/** What the driver made of values, written. */
final class Values {
    private Values() {}

    /** A result set. An error within it is a reply, too: it tells how many rows there were before it. */
    static JSONObject rows(ResultSet result) throws SQLException {
        ResultSetMetaData described = result.getMetaData();
        int columns = described.getColumnCount();
        JSONArray names = new JSONArray();
        JSONArray types = new JSONArray();
        for (int column = 1; column <= columns; column++) {
            names.put(described.getColumnLabel(column));
            types.put(JSONObject.NULL);
        }
        JSONArray rows = new JSONArray();
        try {
            while (result.next()) {
                JSONArray row = new JSONArray();
                for (int column = 1; column <= columns; column++) {
                    Object value = result.getObject(column);
                    if (value != null && types.isNull(column - 1)) {
                        types.put(column - 1, value.getClass().getName());
                    }
                    row.put(text(value, result, column));
                }
                rows.put(row);
            }
        } catch (SQLException error) {
            JSONObject reply = Failure.of(error);
            return reply.getString("outcome").equals("error") ? reply.put("rowcount", rows.length()) : reply;
        }
        return new JSONObject().put("outcome", "rows")
                .put("columns", names)
                .put("types", types)
                .put("rows", rows)
                .put("rowcount", rows.length());
    }

    private static Object text(Object value, ResultSet result, int column) throws SQLException {
        if (value == null) {
            return JSONObject.NULL;
        }
        if (value instanceof Boolean) {
            return (Boolean) value ? "t" : "f";
        }
        if (value instanceof byte[]) {
            StringBuilder digits = new StringBuilder("\\x");
            for (byte each : (byte[]) value) {
                digits.append(String.format("%02x", each));
            }
            return digits.toString();
        }
        return result.getString(column);
    }

    /** A value as a field of COPY's text format. */
    static String copied(Object value) {
        if (value == JSONObject.NULL) {
            return "\\N";
        }
        return value.toString().replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r");
    }
}
